"""Images at the engine: which are there, which can be pulled, and pulling them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from docker import DockerClient

_REFERENCE = re.compile(r"\$\{(?P<variable>\w+):-(?P<default>[^}]*)\}")


class Image(NamedTuple):
    """The image of a component, as the environment has it."""

    component: str
    reference: str


def resolved(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """The image reference of a compose file with the environment's choice for `${VARIABLE:-default}`."""
    return _REFERENCE.sub(lambda match: environ.get(match["variable"]) or match["default"], text)


def absent(client: DockerClient, images: Iterable[Image]) -> tuple[Image, ...]:
    """Those that the engine does not have."""
    here = {tag for image in client.images.list() for tag in image.tags}
    return tuple(image for image in images if _normal(image.reference) not in here and not _known(client, image))


def unreachable(client: DockerClient, images: Iterable[Image]) -> str:
    """Why the first of the images cannot be pulled, or an empty string. Asks the registry for its manifest only."""
    from docker.errors import APIError

    for image in images:
        try:
            client.images.get_registry_data(image.reference)
        except APIError as error:
            why = str(error.explanation or error).strip().splitlines()[-1]
            return f"image {image.reference} of {image.component} is not here and cannot be pulled: {why}"
    return ""


def pull(client: DockerClient, images: Iterable[Image], tell: Callable[[str], None]) -> None:
    """Pull each image, telling its name before. What the engine raises passes through."""
    for reference in dict.fromkeys(image.reference for image in images):
        tell(f"pulling {reference}")
        client.images.pull(reference)


def _normal(reference: str) -> str:
    """The reference as the engine lists it: with a tag."""
    return reference if ":" in reference.rpartition("/")[2] else f"{reference}:latest"


def _known(client: DockerClient, image: Image) -> bool:
    """Whether the engine knows the image by another form of its name, such as a digest or a registry's host."""
    from docker.errors import ImageNotFound

    try:
        client.images.get(image.reference)
    except ImageNotFound:
        return False
    return True
