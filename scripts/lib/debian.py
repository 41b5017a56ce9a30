"""Files out of Debian packages, without installing them and without being root."""
import os
import pathlib
import subprocess
import sys
import tarfile

from problem import Problem


def archive_version(path):
    """The version in an archive's name, NAME_VERSION_ARCHITECTURE.deb."""
    return path.name.split("_")[1]


def local_archive(package, version, directory):
    """An archive of the package that somebody put into the directory, or None."""
    found = sorted(directory.glob(f"{package}_*.deb"))
    wanted = [path for path in found if archive_version(path) == version]
    return (wanted or found or [None])[0]


def download(package, version, directory):
    """Download a package into the directory: this version, or else the one to be had.

    Uses this machine's lists of packages; where they lack the package or are out of date,
    fresh ones are fetched into the directory, which leaves the machine's own alone.
    """
    options = ["-o", "APT::Sandbox::User=root"]  # apt's own user may not write here
    try:
        chosen = _choose(options, package, version)
        if chosen and _apt_get(options, directory, "download", f"{package}={chosen}") is None:
            return _downloaded(package, directory)
        options += _fetch_lists(options, directory)
        chosen = _choose(options, package, version)
        if not chosen:
            raise Problem("no list of packages that can be reached has it")
        failure = _apt_get(options, directory, "download", f"{package}={chosen}")
        if failure:
            raise Problem(failure)
    except FileNotFoundError as error:
        raise Problem(f"there is no {error.filename} on this machine") from error
    return _downloaded(package, directory)


def read_members(archive, wanted):
    """Yield (path, bytes) of the files in a package whose path wanted() accepts.

    Paths begin with "./".
    """
    command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    try:
        unpacker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError as error:
        raise Problem("dpkg-deb is needed to unpack Debian packages") from error
    with unpacker:
        try:
            with tarfile.open(fileobj=unpacker.stdout, mode="r|") as members:
                for member in members:
                    if member.isfile() and wanted(member.name):
                        yield member.name, members.extractfile(member).read()
            unpacker.stdout.read()
        except (tarfile.TarError, EOFError) as error:
            raise Problem(f"{archive}: not a whole Debian package ({error})") from error
        finally:
            unpacker.stdout.close()
    if unpacker.returncode:
        raise Problem(f"{archive}: not a whole Debian package")


def _apt_get(options, directory, *arguments):
    """Run apt-get in the directory. None, or what it complained about."""
    command = ["apt-get", *options, *([] if sys.stderr.isatty() else ["-qq"]), *arguments]
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return None
    complaints = [line for line in done.stderr.splitlines() if line.startswith("E: ")]
    return (complaints or ["apt-get failed"])[0].removeprefix("E: ")


def _choose(options, package, version):
    """The version to take of those in the lists: the wanted one, or the newest; or None."""
    listed = subprocess.run(
        ["apt-cache", *options, "madison", package],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    rows = [line.split("|") for line in listed.stdout.splitlines()]
    known = [row[1].strip() for row in rows if len(row) == 3 and row[2].endswith("Packages")]
    return version if version in known else next(iter(known), None)


def _fetch_lists(options, directory):
    """Fetch lists of packages into the directory; the options that make apt use them."""
    state, cache = directory / "state", directory / "cache"
    (state / "lists" / "partial").mkdir(parents=True)
    (cache / "archives" / "partial").mkdir(parents=True)
    private = ["-o", f"Dir::State={state}", "-o", f"Dir::Cache={cache}"]
    print("fetching Debian's list of packages", file=sys.stderr)
    failure = _apt_get(
        options + private + ["-o", "APT::Update::Error-Mode=any"], directory, "update"
    )
    if failure:
        raise Problem(failure)
    return private


def _downloaded(package, directory):
    found = local_archive(package, "", pathlib.Path(directory))
    if not found:
        raise Problem("apt-get reported success but left no file")
    return found
