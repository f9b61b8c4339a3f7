"""Who made a file, how, and of what: signed histories that travel with films and pictures.

A history is a `record` (plain data); `c2pa_sign` writes it into mp4, mov, png, jpg, webp and gif as C2PA manifests,
`sidecar` beside everything else; `verify` and `history` read both. Nothing here touches the network.
"""

__all__: list[str] = []
