"""Away from this machine the way to the bank is TLS 1.3 with a certificate somebody vouches for."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kiosk.bank.http import HttpConnector
from kiosk.faults import SettingsRefused
from kiosk.intake.acceptance import PRODUCTION
from kiosk.intake.running import RunningIntake, Tls, bound_socket, configuration
from kiosk.intake.service import create_app
from kiosk.outbox import Accepted, Answer, Unreachable
from kiosk.wire.succession import TrustedBank
from tests.fakes.branch import QUICK, Branch, draw_branch
from tests.wire.specimens import APPROVED, PICTURES


@dataclass(frozen=True)
class Secured:
    """url: https and a port; folder: with one certificate file per subject."""

    url: str
    folder: Path


@pytest.fixture(scope="module")
def branch() -> Branch:
    return draw_branch()


def write_certificate(folder: Path, name: str, address: str) -> None:
    """Write NAME.pem and NAME.key, self-signed for an address."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.fixture
def secured(tmp_path: Path, branch: Branch, request: pytest.FixtureRequest) -> Iterator[Secured]:
    write_certificate(tmp_path, "bank", getattr(request, "param", "127.0.0.1"))
    write_certificate(tmp_path, "stranger", "127.0.0.1")
    with branch.store(tmp_path) as store:
        config = configuration(create_app(store, branch.keys(), PRODUCTION), 16)
        config.ssl_certfile, config.ssl_keyfile = str(tmp_path / "bank.pem"), str(tmp_path / "bank.key")
        with RunningIntake(config, bound_socket("127.0.0.1", 0)) as running:
            running.start()
            yield Secured(running.url.replace("http:", "https:"), tmp_path)


def deliver(secured: Secured, branch: Branch, authorities: str | None) -> Answer:
    return branch.connect(secured.url, QUICK, authorities).deliver(branch.packet(APPROVED, PICTURES))


def test_a_bank_whose_certificate_is_vouched_for_is_delivered_to(secured: Secured, branch: Branch) -> None:
    assert isinstance(deliver(secured, branch, str(secured.folder / "bank.pem")), Accepted)


def test_a_certificate_nobody_here_vouches_for_is_not_trusted(secured: Secured, branch: Branch) -> None:
    assert deliver(secured, branch, None) == Unreachable("not-trusted")
    assert deliver(secured, branch, str(secured.folder / "stranger.pem")) == Unreachable("not-trusted")


@pytest.mark.parametrize("secured", ["127.0.0.2"], indirect=True)
def test_a_certificate_for_another_address_is_not_trusted(secured: Secured, branch: Branch) -> None:
    assert deliver(secured, branch, str(secured.folder / "bank.pem")) == Unreachable("not-trusted")


@pytest.fixture
def choosy(tmp_path: Path, branch: Branch) -> Iterator[Secured]:
    """A bank that hears only clients with a certificate it trusts."""
    for name in ("bank", "station", "stranger"):
        write_certificate(tmp_path, name, "127.0.0.1")
        (tmp_path / f"{name}-shown.pem").write_bytes((tmp_path / f"{name}.pem").read_bytes() + (tmp_path / f"{name}.key").read_bytes())
    with branch.store(tmp_path) as store:
        tls = Tls(tmp_path / "bank.pem", tmp_path / "bank.key", tmp_path / "station.pem")
        config = configuration(create_app(store, branch.keys(), PRODUCTION), 16, tls)
        with RunningIntake(config, bound_socket("127.0.0.1", 0)) as running:
            running.start()
            yield Secured(running.url.replace("http:", "https:"), tmp_path)


@pytest.mark.parametrize(("shown", "heard"), [("station-shown.pem", True), ("stranger-shown.pem", False), (None, False)])
def test_a_bank_that_asks_for_certificates_hears_only_those_it_trusts(
    choosy: Secured, branch: Branch, shown: str | None, heard: bool
) -> None:
    certificate = None if shown is None else str(choosy.folder / shown)
    trusted = str(choosy.folder / "bank.pem")
    way = HttpConnector(choosy.url, branch.booth, TrustedBank(branch.bank.public()), QUICK, trusted, certificate=certificate)
    answer = way.deliver(branch.packet(APPROVED, PICTURES))
    assert isinstance(answer, Accepted) if heard else isinstance(answer, Unreachable)


def test_a_certificate_of_ours_that_cannot_be_read_is_refused_at_start(choosy: Secured, branch: Branch) -> None:
    with pytest.raises(SettingsRefused):
        HttpConnector(choosy.url, branch.booth, TrustedBank(branch.bank.public()), QUICK, certificate="/nowhere/station.pem")
