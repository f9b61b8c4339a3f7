"""One service in this process for all tests of routes; each test makes what it needs, and looks only at that."""

import pytest

from service_client import in_process_service


class Api:
    """The owner's client, the service behind it, and clients of strangers."""

    def __init__(self, client, service):
        self.client, self.service = client, service
        self.home = service.settings.data.parent / "home"

    def __getattr__(self, name):
        return getattr(self.client, name)

    def stranger(self, **limits):
        """Give headers of somebody new."""
        made = self.client.post("/api/tokens", json={"name": "stranger", **limits})
        assert made.status_code == 201, made.text
        return {"Authorization": f"Bearer {made.json()['secret']}"}


@pytest.fixture(scope="package")
def api(tmp_path_factory):
    folder = tmp_path_factory.mktemp("routes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUTOSCOPE_DATA", str(folder / "home"))
        patch.setenv("MUTOSCOPE_CACHE", str(folder / "cache"))
        with in_process_service(folder) as (client, service):
            yield Api(client, service)


@pytest.fixture(autouse=True)
def _home_of_the_service(api, monkeypatch):
    """Certificates and stores of these tests are not those of all others."""
    monkeypatch.setenv("MUTOSCOPE_DATA", str(api.home))
