"""The corpora that get-corpus knows: where they come from and what they must contain.

A corpus has parts; a part is one download and the files made from it. A checksum here was
either published with the corpus or computed from the named version of a Debian package.
Where none is known, get-corpus records the file's own on the first fetch.
"""
import dataclasses
import pathlib
import zipfile
from collections.abc import Callable

import debian
import handbook
import rdata
from problem import Problem


@dataclasses.dataclass(frozen=True)
class File:
    """A file to be had. Its name is relative to the directory of corpora."""

    name: str
    size: int | None = None  # bytes; None: unknown
    digests: dict[str, str] = dataclasses.field(default_factory=dict)  # algorithm: hex


@dataclasses.dataclass(frozen=True)
class Web:
    """A file at an address; stored is what it is called here."""

    url: str
    stored: File


@dataclasses.dataclass(frozen=True)
class Package:
    """A Debian package, in the version whose contents the checksums describe."""

    name: str
    version: str

    @property
    def archive_name(self):
        return f"{self.name}_{self.version}_all.deb"


@dataclasses.dataclass(frozen=True)
class Part:
    source: Web | Package
    files: tuple[File, ...]
    # unpack(archive, directory) makes the files; None: the download is the file
    unpack: Callable[[pathlib.Path, pathlib.Path], None] | None = None


@dataclasses.dataclass(frozen=True)
class Corpus:
    about: str
    licence: str
    parts: tuple[Part, ...]


def _unpack_novels(archive):
    """Yield (title, text) of the novels in r-cran-janeaustenr, by title."""
    for path, content in debian.read_members(archive, lambda p: p.endswith("/data/Rdata.rdb")):
        try:
            for record in rdata.unpack_records(content):
                lines = rdata.character_vector(record)
                yield lines[0].decode("ascii"), b"".join(line + b"\n" for line in lines)
        except (rdata.FormatError, IndexError, UnicodeDecodeError) as error:
            raise Problem(f"{archive}: {path}: {error}") from error


def _unpack_austen(archive, directory):
    novels = (text for _, text in _unpack_novels(archive))
    (directory / "austen.txt").write_bytes(b"".join(novels))


def _unpack_austen_novels(archive, directory):
    (directory / "austen").mkdir()
    for title, text in _unpack_novels(archive):
        (directory / "austen" / (title.lower().replace(" ", "-") + ".txt")).write_bytes(text)


def _unpack_handbook(archive, directory):
    languages = {}
    pages = debian.read_members(archive, lambda p: "/html/" in p and p.endswith(".html"))
    for path, content in pages:
        *_, language, page = path.split("/")
        languages.setdefault(language, {})[page] = content
    with open(directory / "handbook.txt", "w", encoding="utf-8", newline="\n") as out:
        for language in sorted(languages):
            out.write(handbook.book_text(languages[language]))


def _unzip(archive, directory):
    try:
        with zipfile.ZipFile(archive) as members:
            members.extractall(directory)
    except (zipfile.BadZipFile, EOFError) as error:
        raise Problem(f"{archive}: not a whole zip archive ({error})") from error


def _sha256(name, size, digest):
    return File(name, size, {"sha256": digest})


_SHAKESPEARE = _sha256(
    "shakespeare.txt",
    1_115_394,
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
)
_AUSTEN = Package("r-cran-janeaustenr", "1.0.0-1")
_TINYSTORIES = "https://huggingface.co/datasets/roneneldan/TinyStories/resolve/main/"

CORPORA = {
    "shakespeare": Corpus(
        "tinyshakespeare: 40,000 lines of Shakespeare's plays",
        "public domain",
        (
            Part(
                Web(
                    "https://raw.githubusercontent.com/karpathy/char-rnn/master/"
                    "data/tinyshakespeare/input.txt",
                    _SHAKESPEARE,
                ),
                (_SHAKESPEARE,),
            ),
        ),
    ),
    "austen": Corpus(
        "Jane Austen's six novels, one after the other",
        "public domain",
        (
            Part(
                _AUSTEN,
                (
                    _sha256(
                        "austen.txt",
                        4_025_029,
                        "65b434d16a8755142bfa95ba19c5f9abd0d30cf3dffe3b6793e834f9f56dcc96",
                    ),
                ),
                _unpack_austen,
            ),
        ),
    ),
    "austen-novels": Corpus(
        "the same six novels, a file each",
        "public domain",
        (
            Part(
                _AUSTEN,
                (
                    _sha256(
                        "austen/emma.txt",
                        883_028,
                        "7c67b5985c6d0de1efaeb5d342d52cb82c38083c40e2295129e30e87ee690ebe",
                    ),
                    _sha256(
                        "austen/mansfield-park.txt",
                        883_280,
                        "98bc90519cdf4ef663ad7de2734bb529435ef24f7abbde6bb1a50898871dafe9",
                    ),
                    _sha256(
                        "austen/northanger-abbey.txt",
                        433_411,
                        "51f91bbe0517db8e65cff009b097ce0a1836124c4e0532ac19e6c0cad982abed",
                    ),
                    _sha256(
                        "austen/persuasion.txt",
                        466_854,
                        "8061549557aebd2fd6e353d18d9197cb707029112bd52d4d8b174583a925848a",
                    ),
                    _sha256(
                        "austen/pride-and-prejudice.txt",
                        684_768,
                        "dfc684d4f857fa938268f9ab9c5567b64bd0691251eca959644adeabe6287a4d",
                    ),
                    _sha256(
                        "austen/sense-and-sensibility.txt",
                        673_688,
                        "105e1651fe93bed7130078578efd31e0c557d68667ba672ddc876f735b30fe09",
                    ),
                ),
                _unpack_austen_novels,
            ),
        ),
    ),
    "handbook": Corpus(
        "the Debian Administrator's Handbook in 26 languages",
        "CC BY-SA 3.0 or GPL 2+",
        (
            Part(
                Package("debian-handbook", "11.20220922"),
                (
                    _sha256(
                        "handbook.txt",
                        31_492_191,
                        "b280571300e876db6cfac8a5f571aba1a43c55f19d65be45e84e9ff5ce89078f",
                    ),
                ),
                _unpack_handbook,
            ),
        ),
    ),
    "enwik8": Corpus(
        "the first 100,000,000 bytes of an English Wikipedia dump of 2006",
        "GFDL",
        (
            Part(
                Web("http://mattmahoney.net/dc/enwik8.zip", File("enwik8.zip", 36_445_475)),
                (
                    File(
                        "enwik8",
                        100_000_000,
                        {
                            "md5": "a1fa5ffddb56f4953e226637dabbb36a",
                            "sha1": "57b8363b814821dc9d47aa4d41f58733519076b2",
                        },
                    ),
                ),
                _unzip,
            ),
        ),
    ),
    "text8": Corpus(
        "100,000,000 characters of the same dump's articles, reduced to a-z and spaces",
        "GFDL",
        (
            Part(
                Web("http://mattmahoney.net/dc/text8.zip", File("text8.zip")),
                (
                    File(
                        "text8",
                        100_000_000,
                        {"md5": "3bea1919949baf155f99411df5fada7e"},
                    ),
                ),
                _unzip,
            ),
        ),
    ),
    "wikitext-2": Corpus(
        "good and featured English Wikipedia articles, in words",
        "CC BY-SA 3.0",
        (
            Part(
                Web(
                    "https://s3.amazonaws.com/research.metamind.io/wikitext/wikitext-2-v1.zip",
                    File("wikitext-2-v1.zip", None, {"md5": "542ccefacc6c27f945fb54453812b3cd"}),
                ),
                tuple(
                    File(f"wikitext-2/wiki.{split}.tokens")
                    for split in ("train", "valid", "test")
                ),
                _unzip,
            ),
        ),
    ),
    "tinystories": Corpus(
        "short stories in a small child's words, written by GPT-4 (2.2 GB)",
        "CDLA-Sharing-1.0",
        tuple(
            Part(Web(_TINYSTORIES + file.name, file), (file,))
            for file in (
                File("TinyStoriesV2-GPT4-valid.txt"),
                File("TinyStoriesV2-GPT4-train.txt"),
            )
        ),
    ),
}
