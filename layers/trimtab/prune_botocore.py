"""Remove from an installed botocore the data of services that Trimtab does not call.

botocore carries the models of more than 400 services, 28 of the layer's 38 MB. Paginators and waiters of a
service lie beside its model and stay with it; so do the files that describe no single service (endpoints,
partitions, retries).

    python prune_botocore.py SITE/botocore botocore_services.txt
"""

import shutil
import sys
from pathlib import Path


def services_in(listing: str) -> set[str]:
    """Return the service names in ``listing``: one a line, ``#`` begins a comment."""
    lines = (line.split("#")[0].strip() for line in listing.splitlines())
    return {line for line in lines if line}


def prune(botocore: Path, keep: set[str]) -> int:
    """Remove the data of every service not in ``keep`` and return how many were removed.

    Raises:
        LookupError: A service to keep is unknown to this botocore; nothing was removed.
    """
    services = {folder.name: folder for folder in (botocore / "data").iterdir() if folder.is_dir()}
    if unknown := keep - services.keys():
        raise LookupError(f"botocore has no data for {sorted(unknown)}; nothing was removed")
    for name, folder in services.items():
        if name not in keep:
            shutil.rmtree(folder)
    return len(services) - len(keep)


if __name__ == "__main__":
    kept = services_in(Path(sys.argv[2]).read_text(encoding="utf-8"))
    removed = prune(Path(sys.argv[1]), kept)
    sys.stderr.write(f"botocore: kept {len(kept)} services, removed {removed}\n")
