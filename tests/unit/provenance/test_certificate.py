"""Certificates: made once, kept private, refused in one line where they cannot sign."""

import datetime
import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mutoscope.core.errors import InputError, OutputError, ParameterError
from mutoscope.provenance.certificate import anchors, check_identity, export_anchor, find_identity, load_identity
from mutoscope.provenance.issue import init_certificate
from mutoscope.provenance.sign import sign_file
from mutoscope.provenance.verify import verify_file


def test_without_a_certificate_nobody_signs(media, record):
    assert find_identity() is None
    with pytest.raises(InputError, match="run: mutoscope sign init"):
        sign_file(media("still.png"), record)


def test_a_key_is_for_its_owner_only(ada, data_folder):
    own = data_folder / "signing" / "own"
    assert stat.S_IMODE((own / "key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(own.stat().st_mode) == 0o700


def test_a_key_stands_in_no_text(ada):
    assert "PRIVATE" not in repr(ada)


def test_a_certificate_is_never_overwritten(ada, data_folder):
    before = (data_folder / "signing/own/key.pem").read_bytes()
    with pytest.raises(OutputError, match="never overwritten"):
        init_certificate(name="Somebody else")
    assert (data_folder / "signing/own/key.pem").read_bytes() == before
    assert [one.name for one in (data_folder / "signing").iterdir()] == ["own"]


def test_an_older_certificate_stays_known(ada, data_folder, media, record):
    path = media("still.png")
    sign_file(path, record)
    (data_folder / "signing/own").rename(data_folder / "signing/until-2036")
    init_certificate(name="Ada, later")
    assert find_identity().name == "Ada, later"
    assert verify_file(path).state == "trusted"


def test_who_has_the_anchor_knows_the_signer(ada, media, record, tmp_path, monkeypatch):
    path, anchor = media("still.png"), export_anchor()
    sign_file(path, record)
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "elsewhere"))
    assert verify_file(path).state == "unknown"
    (tmp_path / "elsewhere/signing/anchors").mkdir(parents=True)
    (tmp_path / "elsewhere/signing/anchors/ada.pem").write_text(anchor)
    assert verify_file(path).state == "trusted"


def test_a_broken_anchor_hides_no_other(ada, data_folder):
    (data_folder / "signing/anchors").mkdir()
    (data_folder / "signing/anchors/broken.pem").write_text("nonsense")
    assert anchors().strip() == export_anchor().strip()


def test_a_name_that_is_no_name_is_refused(data_folder):
    with pytest.raises(ParameterError, match="64 printable"):
        init_certificate(name="A\x1b[31m")
    assert not data_folder.exists()


def test_an_expired_certificate_signs_nothing(data_folder, media, record):
    init_certificate(name="Ada", now=datetime.datetime(2010, 1, 1, tzinfo=datetime.UTC))
    path = media("still.png")
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"certificate of Ada ran out on 30 December 2019; rename .* sign init"):
        sign_file(path, record)
    assert path.read_bytes() == before


def test_a_certificate_of_tomorrow_signs_nothing_today(data_folder, media, record):
    init_certificate(name="Ada", now=datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC))
    with pytest.raises(InputError, match="check this clock"):
        sign_file(media("still.png"), record)


def test_a_key_of_another_certificate_is_refused(ada, data_folder, tmp_path):
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "other.pem").write_bytes(other)
    with pytest.raises(InputError, match="does not belong to the certificate"):
        load_identity(data_folder / "signing/own/certificate.pem", tmp_path / "other.pem")


def test_a_locked_key_is_refused(ada, data_folder, tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    locked = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    (tmp_path / "locked.pem").write_bytes(locked)
    with pytest.raises(InputError, match="pass phrase"):
        load_identity(data_folder / "signing/own/certificate.pem", tmp_path / "locked.pem")


def test_a_certificate_without_its_chain_is_refused(ada, data_folder, tmp_path):
    leaf = ada.chain.split("-----END CERTIFICATE-----\n")[0] + "-----END CERTIFICATE-----\n"
    (tmp_path / "leaf.pem").write_text(leaf)
    identity = load_identity(tmp_path / "leaf.pem", data_folder / "signing/own/key.pem")
    with pytest.raises(InputError, match="without its chain"):
        check_identity(identity)


def test_certificates_come_by_path_or_environment(ada, data_folder, tmp_path, monkeypatch):
    own = (data_folder / "signing/own").rename(tmp_path / "mine")
    assert find_identity(own / "certificate.pem", own / "key.pem").name == "Ada Lovelace"
    monkeypatch.setenv("MUTOSCOPE_SIGN_CERT", str(own / "certificate.pem"))
    with pytest.raises(ParameterError, match="belong together"):
        find_identity()
    monkeypatch.setenv("MUTOSCOPE_SIGN_KEY", str(own / "key.pem"))
    found = find_identity()
    assert (found.name, found.is_local) == ("Ada Lovelace", False)


def test_what_is_no_certificate_is_told_by_name(tmp_path):
    (tmp_path / "a.pem").write_text("nonsense")
    with pytest.raises(InputError, match=r"a\.pem holds no certificates in PEM"):
        load_identity(tmp_path / "a.pem", tmp_path / "a.pem")
    with pytest.raises(InputError, match="could not be read"):
        load_identity(tmp_path / "gone.pem", tmp_path / "a.pem")
