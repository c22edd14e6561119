import stat
import threading

from cryptography import x509
from cryptography.x509.oid import NameOID

from records import pki
from tests.factories import NOON

PERSON = {"email": "a@example.org", "organisation": "Fennmarket", "capacity": "Head of IT", "version": "ab" * 32}


def test_only_the_owner_may_read_the_keys(settings, tmp_path):
    settings.PKI_DIR = tmp_path / "pki"
    pki.platform()
    assert stat.S_IMODE(settings.PKI_DIR.stat().st_mode) == 0o700
    files = sorted(settings.PKI_DIR.iterdir())
    assert [file.name for file in files] == ["platform.pem", "root.pem"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_eight_at_once_end_with_one_authority(settings, tmp_path):
    settings.PKI_DIR = tmp_path / "pki"
    barrier, seen = threading.Barrier(8), set()

    def first_use():
        barrier.wait()
        seen.add((pki.root_certificate(), pki.platform().certificate))

    threads = [threading.Thread(target=first_use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [(root, seal)] = seen
    seal.verify_directly_issued_by(root)


def test_a_person_is_named_for_more_than_ten_years_and_vouched_for():
    made = pki.one_shot(person="Amara Lindqvist", **PERSON, at=NOON)
    made.certificate.verify_directly_issued_by(pki.root_certificate())
    named = {part.oid: part.value for part in made.certificate.subject}
    assert named == {
        NameOID.COMMON_NAME: "Amara Lindqvist",
        NameOID.EMAIL_ADDRESS: "a@example.org",
        NameOID.ORGANIZATION_NAME: "Fennmarket",
        NameOID.TITLE: "Head of IT",
        NameOID.SERIAL_NUMBER: "ab" * 32,
    }
    assert made.certificate.not_valid_before_utc <= NOON
    assert made.certificate.not_valid_after_utc >= NOON.replace(year=NOON.year + 10)
    assert not made.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_two_signatures_never_share_a_key():
    one, two = (pki.one_shot(person="A", **PERSON, at=NOON).certificate for _ in range(2))
    assert one.public_key() != two.public_key()


def test_a_long_name_in_any_script_is_cut_and_shows_it():
    name = "Александра Константинопольская-Верхнеуральская"
    subject = pki.one_shot(person=name, **PERSON, at=NOON).certificate.subject
    shown = subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert shown.endswith("…") and name.startswith(shown[:-1]) and len(shown) > 25


def test_a_new_authority_keeps_the_old_root_and_destroys_its_key(settings, tmp_path):
    settings.PKI_DIR = tmp_path / "pki"
    before, seal = pki.one_shot(person="Amara Lindqvist", **PERSON, at=NOON), pki.platform()

    old = pki.rotate(at=NOON)

    after = pki.one_shot(person="Amara Lindqvist", **PERSON, at=NOON)
    assert pki.roots() == [pki.root_certificate(), old] and old != pki.root_certificate()
    before.certificate.verify_directly_issued_by(old)
    after.certificate.verify_directly_issued_by(pki.root_certificate())
    assert pki.platform().certificate != seal.certificate
    pki.platform().certificate.verify_directly_issued_by(pki.root_certificate())
    kept = next((settings.PKI_DIR / "old").iterdir()).read_text()
    assert "CERTIFICATE" in kept and "PRIVATE KEY" not in kept
    pki.rotate(at=NOON)  # within the same second
    assert len(pki.roots()) == 3
