"""Images that stand in for the official ones where no registry answers, made from Debian's packages.

Each has the paths, the user and the entry point of the image it stands in for, and Debian's build of the program. They
are called `local/standin-*` and chosen through the environment (`SPECOLA_IMAGE_*`), never tagged with an official name.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compose.fault import Trouble
from generator.images import images

if TYPE_CHECKING:
    import docker

CACHE = Path(__file__).parents[2] / ".tools" / "standin"
MARK = "specola.standin"
BASE = ("busybox-static", "libc6", "ca-certificates", "tzdata")
UNUSED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/lib/x86_64-linux-gnu/gconv")
NOBODY = 65534


@dataclass(frozen=True)
class StandIn:
    """`links` are the official paths of programs, `folders` what the image's user owns, `changes` its settings.

    `serves` are the names in the table of images that it stands in for, when they are not its own.
    """

    name: str
    packages: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]
    folders: tuple[str, ...] = ()
    owner: int = NOBODY
    serves: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        return f"local/standin-{self.name}:debian"

    @property
    def digest(self) -> str:
        """Changes with the recipe, so that an image made from another one is made anew."""
        return hashlib.sha256(repr((BASE, self)).encode()).hexdigest()[:16]


STANDINS = (
    StandIn(
        name="prometheus",
        packages=("prometheus",),
        links=(("bin/prometheus", "/usr/bin/prometheus"), ("bin/promtool", "/usr/bin/promtool")),
        folders=("prometheus", "etc/prometheus"),
        changes=("USER nobody", "WORKDIR /prometheus", 'VOLUME ["/prometheus"]', 'ENTRYPOINT ["/bin/prometheus"]'),
    ),
    StandIn(
        name="alertmanager",
        packages=("prometheus-alertmanager",),
        links=(("bin/alertmanager", "/usr/bin/prometheus-alertmanager"), ("bin/amtool", "/usr/bin/amtool")),
        folders=("alertmanager", "etc/alertmanager"),
        changes=(
            "USER nobody",
            "WORKDIR /alertmanager",
            'VOLUME ["/alertmanager"]',
            'ENTRYPOINT ["/bin/alertmanager"]',
        ),
    ),
    StandIn(
        name="blackbox",
        packages=("prometheus-blackbox-exporter",),
        links=(("bin/blackbox_exporter", "/usr/bin/prometheus-blackbox-exporter"),),
        changes=('ENTRYPOINT ["/bin/blackbox_exporter"]',),
    ),
    StandIn(
        name="node-exporter",
        packages=("prometheus-node-exporter",),
        links=(("bin/node_exporter", "/usr/bin/prometheus-node-exporter"),),
        changes=("USER nobody", 'ENTRYPOINT ["/bin/node_exporter"]'),
    ),
    StandIn(
        name="redis",
        packages=(
            *(
                "redis-server",
                "redis-tools",
                "libatomic1",
                "liblzf1",
                "libjemalloc2",
                "libsystemd0",
                "libssl3",
                "libgcc-s1",
            ),
            *("libcap2", "libgcrypt20", "libgpg-error0", "liblz4-1", "liblzma5", "libzstd1", "libstdc++6"),
        ),
        links=(
            ("usr/local/bin/redis-server", "/usr/bin/redis-server"),
            ("usr/local/bin/redis-cli", "/usr/bin/redis-cli"),
        ),
        folders=("data",),
        owner=999,
        changes=("WORKDIR /data", 'VOLUME ["/data"]', 'CMD ["redis-server"]'),
    ),
    StandIn(
        name="redis-exporter",
        packages=("prometheus-redis-exporter",),
        links=(("redis_exporter", "/usr/bin/prometheus-redis-exporter"),),
        changes=("USER 59000:59000", 'ENTRYPOINT ["/redis_exporter"]'),
    ),
    StandIn(
        name="python",
        packages=(
            *("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib", "zlib1g", "libexpat1", "libssl3"),
            *(
                "libffi8",
                "libbz2-1.0",
                "liblzma5",
                "libuuid1",
                "libgcc-s1",
                "libcrypt1",
                "libsqlite3-0",
                "media-types",
                "tzdata",
            ),
        ),
        links=(("usr/local/bin/python", "/usr/bin/python3.11"), ("usr/local/bin/python3", "/usr/bin/python3.11")),
        changes=("ENV LANG=C.UTF-8", 'CMD ["python3"]'),
        serves=("simulator", "inbox"),
    ),
)


def environment() -> dict[str, str]:
    """The variables that choose the stand-ins: `SPECOLA_IMAGE_PROMETHEUS` and so on."""
    table = images()
    return {
        table[name].variable: standin.reference for standin in STANDINS for name in standin.serves or (standin.name,)
    }


def ensure(engine: docker.DockerClient) -> None:
    """Make the stand-ins that the engine does not have yet. Raises Trouble where that cannot be done."""
    made = {
        image.labels.get(MARK): image
        for image in engine.images.list(filters={"label": MARK})
        if any(tag.startswith("local/standin-") for tag in image.tags)
    }
    for standin in STANDINS:
        if standin.digest not in made:
            build(engine, standin)


def build(engine: docker.DockerClient, standin: StandIn) -> None:
    """One image, from packages to import; 2 to 4 seconds once the packages are here."""
    with tempfile.TemporaryDirectory() as scratch:
        tree, archive = Path(scratch, "root"), Path(scratch, "image.tar")
        for package in fetched(BASE + standin.packages):
            run("dpkg-deb", "-x", str(package), str(tree))
        furnish(tree, standin)
        with tarfile.open(archive, "w") as tar:
            tar.add(tree, arcname=".", filter=lambda member: _owned(member, standin))
        settings = ("ENV PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin", f"LABEL {MARK}={standin.digest}")
        repository, tag = standin.reference.split(":")
        engine.api.import_image(str(archive), repository=repository, tag=tag, changes=[*settings, *standin.changes])


def fetched(packages: tuple[str, ...]) -> list[Path]:
    """The package files, downloaded unless a former run did. Neither root nor an installation is needed."""
    CACHE.mkdir(parents=True, exist_ok=True)
    missing = [name for name in packages if not list(CACHE.glob(f"{name}_*.deb"))]
    if missing and not shutil.which("apt-get"):
        raise Trouble("stand-in images are made from Debian packages, and there is no apt-get here")
    if missing:
        run("apt-get", "-o", "APT::Sandbox::User=root", "download", *missing, folder=CACHE)
    return [max(CACHE.glob(f"{name}_*.deb")) for name in packages]


def run(*command: str, folder: Path | None = None) -> str:
    """The output of a program. Raises Trouble with the last line of its complaint."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        complaint = (done.stderr or done.stdout).strip().splitlines()
        raise Trouble(f"{' '.join(command[:4])}: {complaint[-1] if complaint else done.returncode}")
    return done.stdout


def furnish(tree: Path, standin: StandIn) -> None:
    """Make the unpacked packages a root: users, certificates, a shell with its applets, official paths."""
    for name in UNUSED:
        shutil.rmtree(tree / name, ignore_errors=True)
    for name in (*standin.folders, "bin", "etc/ssl/certs", "proc", "sys", "dev", "root", "run", "tmp", "var/tmp"):
        (tree / name).mkdir(parents=True, exist_ok=True)
    (tree / "etc/passwd").write_text(
        "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nredis:x:999:1000::/data:/bin/false\n"
    )
    (tree / "etc/group").write_text("root:x:0:\nnobody:x:65534:\nredis:x:1000:\n")
    (tree / "etc/nsswitch.conf").write_text("hosts: files dns\n")
    certificates = sorted((tree / "usr/share/ca-certificates").rglob("*.crt"))
    (tree / "etc/ssl/certs/ca-certificates.crt").write_bytes(b"".join(path.read_bytes() for path in certificates))
    for applet in run(str(tree / "bin/busybox"), "--list").split():
        if not (tree / "bin" / applet).exists() and not (tree / "usr/bin" / applet).exists():
            (tree / "bin" / applet).symlink_to("busybox")
    for path, target in standin.links:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).unlink(missing_ok=True)
        (tree / path).symlink_to(target)


def _owned(member: tarfile.TarInfo, standin: StandIn) -> tarfile.TarInfo:
    """Everything is root's but the folders of the image's user; `tmp` is everybody's."""
    name = member.name.removeprefix("./")
    member.uid = member.gid = standin.owner if name in standin.folders else 0
    member.uname = member.gname = ""
    member.mtime = 0
    if name in ("tmp", "var/tmp"):
        member.mode = 0o1777
    return member
