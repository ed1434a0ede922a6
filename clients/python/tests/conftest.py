"""What tests share: a fake service, and the real one."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fake import FakeService
from service import Service


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the caller's settings away."""
    for name in ("DESKPULSE_URL", "DESKPULSE_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def fake() -> AsyncIterator[FakeService]:
    async with FakeService() as service:
        yield service


@pytest.fixture(scope="session")
def binary() -> Path:
    path = os.environ.get("DESKPULSE_BIN")
    if not path or not Path(path).is_file():
        pytest.fail(
            f"DESKPULSE_BIN is {path!r}, expected the service's binary: `cargo build`, then "
            "DESKPULSE_BIN=target/debug/deskpulse; or `cargo xtask test client`",
            pytrace=False,
        )
    return Path(path).absolute()


@pytest.fixture
async def service(binary: Path, tmp_path: Path) -> AsyncIterator[Service]:
    """An open service with an empty store."""
    service = Service(binary, tmp_path)
    await service.start()
    yield service
    await service.stop()
