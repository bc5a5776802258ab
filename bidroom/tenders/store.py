"""Where sealed parts lie: objects under random names, written once and never over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import LocalStore, S3Store

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class NoSuchPart(LookupError):
    """Nothing was stored there, or it is gone."""


class PartStore:
    """Parts of 1 MiB, by upload, section and number."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        """In `folder`, or in a bucket: `s3://bucket/prefix`, its keys from the environment."""
        if url:
            self._store: ObjectStore = S3Store.from_url(url)
        else:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._store = LocalStore(prefix=folder)

    async def put(self, upload: str, section: int, part: int, data: bytes) -> None:
        """Store a part. One that is already there stays as it is: it had the same leaf hash."""
        try:
            await obstore.put_async(self._store, _name(upload, section, part), data, mode="create")
        except AlreadyExistsError:
            return

    async def get(self, upload: str, section: int, part: int) -> bytes:
        try:
            found = await obstore.get_async(self._store, _name(upload, section, part))
        except (NotFoundError, FileNotFoundError):
            raise NoSuchPart(upload) from None
        return bytes(await found.bytes_async())

    def read(self, upload: str, section: int, part: int) -> bytes:
        """The same for a thread that waits."""
        try:
            return bytes(obstore.get(self._store, _name(upload, section, part)).bytes())
        except (NotFoundError, FileNotFoundError):
            raise NoSuchPart(upload) from None


def _name(upload: str, section: int, part: int) -> str:
    return f"{upload[:2]}/{upload}/{section}/{part:06}"
