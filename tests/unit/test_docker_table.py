"""The compose file read back, its hashes, and what is laid down for containers."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from compose.docker_files import check_files, lay_down, program_digest, remove_copies
from compose.docker_reload import reloaded, remember
from compose.docker_table import Service, reload_hash, restart_hash, services
from compose.fault import Trouble
from compose.reload import main_file
from generator.compose import PATH, compose_file
from generator.images import images
from generator.unit import Health, Mount, Publish, Reload, Unit, Volume

if TYPE_CHECKING:
    from pathlib import Path

UNIT = Unit(
    name="prometheus",
    title="Prometheus",
    image=images()["prometheus"],
    args=("--price=$5",),
    mounts=(Mount("{build}/docker/prometheus", "/etc/prometheus"), Mount("{logs}", "/logs", writable=True)),
    volumes=(Volume("prometheus", "/prometheus"),),
    secrets=("password",),
    ports=(Publish(9090, 9090),),
    health=Health(9090, "/-/ready", secret="password"),
    reload=Reload(path="/-/reload"),
    reload_files=("docker/prometheus/", "rules/"),
    restart_files=("certificate.pem",),
    after=("alertmanager",),
    needs=("alertmanager",),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    build = tmp_path / "build"
    for name in ("docker/prometheus", "rules"):
        (build / name).mkdir(parents=True)
    (build / "docker/prometheus/prometheus.yml").write_text("global: {}\n")
    (build / "rules/a.yml").write_text("groups: []\n")
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "secrets/password").touch(mode=0o600)
    (tmp_path / "secrets/password").write_text("one")
    return tmp_path


def rendered(root: Path, unit: Unit = UNIT) -> Service:
    (root / "build" / PATH).write_bytes(compose_file((unit,), "lab"))
    return services(root / "build")[0]


def hashes(root: Path) -> tuple[str, str]:
    service = services(root / "build")[0]
    build = root / "build"
    return restart_hash(service, build, root / "secrets", ""), reload_hash(service, build)


def test_reads_what_was_rendered(root: Path) -> None:
    service = rendered(root)
    assert (service.name, service.title, service.image.reference) == ("prometheus", "Prometheus", UNIT.image.reference)
    assert (service.port, service.published, service.health_path, service.health_secret, service.tls) == (
        *(9090, (("127.0.0.1", 9090),), "/-/ready", "password", False),
    )
    assert service.scheme == "http"
    assert (service.reload_path, service.reload_signal, service.reloadable) == ("/-/reload", "HUP", True)
    assert (service.reload_files, service.restart_files) == (UNIT.reload_files, UNIT.restart_files)
    assert (service.secrets, service.after, service.needs) == (("password",), ("alertmanager",), ("alertmanager",))
    assert service.sources == (root / "build/docker/prometheus", root / "var/docker/logs")
    assert service.writable == (root / "var/docker/logs",)


def test_nothing_rendered(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"docker/compose.yaml is not there \(render it first: specola render\)"):
        services(tmp_path)


@pytest.mark.parametrize(
    ("path", "restarts", "reloads"),
    [
        ("build/docker/prometheus/prometheus.yml", False, True),
        ("build/rules/a.yml", False, True),
        ("build/rules/new.yml", False, True),
        ("build/certificate.pem", True, False),
        ("build/dashboards.json", False, False),
        ("secrets/password", True, False),
        ("secrets/other", False, False),
    ],
)
def test_what_an_edit_touches(root: Path, path: str, restarts: bool, reloads: bool) -> None:
    rendered(root)
    before = hashes(root)
    assert hashes(root) == before
    (root / path).write_text("edited")
    after = hashes(root)
    assert (before[0] != after[0], before[1] != after[1]) == (restarts, reloads)


def test_another_image_is_another_container(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered(root)
    before = hashes(root)
    monkeypatch.setenv("SPECOLA_IMAGE_PROMETHEUS", "local/prometheus:1")
    assert hashes(root)[0] != before[0]
    assert hashes(root)[1] == before[1]


def test_copies_of_secrets_can_be_read_in_a_folder_that_cannot_be_entered(root: Path) -> None:
    service = rendered(root)
    lay_down(root, service)
    lay_down(root, service)
    copy = root / "secrets/.docker/prometheus/password"
    assert copy.read_text() == "one"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o444
    assert stat.S_IMODE((root / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((root / "var/docker/logs").stat().st_mode) == 0o1777
    remove_copies(root)
    assert not copy.parent.parent.exists()


def test_tells_all_that_is_missing(root: Path) -> None:
    service = rendered(root)
    check_files(root, (service,))
    (root / "secrets/password").unlink()
    (root / "build/docker/prometheus/prometheus.yml").unlink()
    (root / "build/docker/prometheus").rmdir()
    with pytest.raises(Trouble) as caught:
        check_files(root, (service,))
    assert caught.value.message == (
        f"prometheus needs {root}/secrets/password, which is not there\n"
        f"prometheus needs {root}/build/docker/prometheus, which is not there"
    )


def test_a_full_disk_or_a_closed_folder_is_told(root: Path) -> None:
    service = rendered(root)
    (root / "secrets/.docker").write_text("in the way")
    with pytest.raises(Trouble, match=r"cannot prepare prometheus: .*secrets/\.docker"):
        lay_down(root, service)


def test_our_programs_are_copied_once_with_their_libraries(root: Path) -> None:
    service = rendered(
        root, Unit("simulator", "", images()["simulator"], mounts=(Mount("{programs}/simulator", "/opt/specola"),))
    )
    assert program_digest(root, service)
    assert not program_digest(root, rendered(root))
    lay_down(root, service)
    program = root / "var/docker/programs/simulator"
    assert sorted(path.name for path in program.iterdir()) == ["compose", "hash", "prometheus_client"]
    assert sorted(path.name for path in (program / "compose").iterdir()) == ["__init__.py", "simulator"]
    before = program.stat().st_ino
    lay_down(root, service)
    assert program.stat().st_ino == before, "a running program may import from it yet"


def test_finds_the_main_file(root: Path) -> None:
    service = rendered(root)
    folder = root / "build/docker/prometheus"
    (folder / "extra.yml").touch()
    assert main_file(root / "build", service.reload_files, "prometheus") == folder / "prometheus.yml"


def test_remembers_what_containers_took_up(root: Path) -> None:
    assert reloaded(root) == {}
    remember(root, "one", "r1", alive=("one",))
    remember(root, "two", "r2", alive=("one", "two"))
    assert reloaded(root) == {"one": "r1", "two": "r2"}
    remember(root, "two", "r3", alive=("two",))
    assert reloaded(root) == {"two": "r3"}
    for spoilt in ("", "[]", "{"):
        (root / "var/docker/reloaded.json").write_text(spoilt)
        assert reloaded(root) == {}
