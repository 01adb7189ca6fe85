"""Settings of one deployment: written once at the start, read by every worker. Secrets stay in a file of the server's own account."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

VARIABLE = "PERFEVAL_SERVER"
"""Environment variable that names the settings' file."""
MIB = 1_000_000
UNDO_FOLDER = Path("undo", "undo")
"""Below the server's folder: what cells held before a button changed them. The choices of rule sets lie beside it."""


class StartError(Exception):
    """Why the server cannot start; str() is what the user reads."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one user may ask for. Sizes in bytes.

    files, file_bytes, job_bytes: of one merge. jobs: merges one user may have at hand. reports: of one user. all_jobs, all_reports: of all users together. running: merges at work at once.
    request_bytes: a workbook to look at. call_bytes: what Excel sends with a button or functions: it is read at once, while others wait. job_seconds: of a merge's work. kept_seconds: from the last change to the end of a job; empty_seconds: of one without a file; idle_job_seconds: until one's own begun but unstarted merge may make room for the next.
    idle_seconds: without a byte of a request's body. slowest: bytes a second that a body must reach on the whole. free_bytes: left on the disk.
    """

    files: int = 5_000
    file_bytes: int = 60 * MIB
    job_bytes: int = 2_000 * MIB
    jobs: int = 3
    reports: int = 3
    all_jobs: int = 60
    all_reports: int = 300
    running: int = 2
    request_bytes: int = 60 * MIB
    call_bytes: int = 20 * MIB
    job_seconds: float = 3_600
    kept_seconds: float = 4 * 3_600
    empty_seconds: float = 10 * 60
    idle_job_seconds: float = 30 * 60
    idle_seconds: float = 20
    slowest: int = 4_000
    free_bytes: int = 500 * MIB


@dataclass(frozen=True, slots=True)
class Settings:
    """folder: private to the server: jobs, certificate, token. address: https://name:port, as people and the manifest write it.

    hosts: names and numbers under which requests may come, lower case, without port. token: empty where no sign-in is asked (loopback only).
    secret: signs sessions and downloads. hook: module:function that says who a request is from, else empty. frames: addresses that may show the pane in a frame.
    """

    folder: Path
    address: str
    hosts: tuple[str, ...]
    token: str
    secret: str
    hook: str = ""
    frames: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    @property
    def jobs(self) -> Path:
        """Where the folders of merges lie."""
        return self.folder / "jobs"

    def write(self) -> Path:
        """Stores them for the workers; returns where. Only the server's own account may read it."""
        path = self.folder / "settings.json"
        private(path, json.dumps({**asdict(self), "folder": str(self.folder)}, ensure_ascii=False))
        return path


def private(path: Path, text: str) -> None:
    """Writes a file that only this account can read, from its first moment on."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())  # a name that stands for nothing after a power cut would be worse than the old file
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def current() -> Settings:
    """Those of this process's server. Raises: KeyError where it was not started as one."""
    data = json.loads(Path(os.environ[VARIABLE]).read_bytes())
    return Settings(
        Path(data.pop("folder")), hosts=tuple(data.pop("hosts")), frames=tuple(data.pop("frames")), limits=Limits(**data.pop("limits")), **data,
    )  # fmt: skip
