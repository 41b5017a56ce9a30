"""The corpora that get-corpus knows: where they come from and what they must contain.

A corpus has parts; a part is one download and the files made from it. A checksum here was
either published with the corpus or computed from the named version of a Debian package.
Where none is known, get-corpus records the file's own on the first fetch.
"""
import dataclasses
import gzip
import pathlib
import zipfile
import zlib
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


def _handbooks(archive):
    """Yield (language, text), by language."""
    languages = {}
    pages = debian.read_members(archive, lambda p: "/html/" in p and p.endswith(".html"))
    for path, content in pages:
        *_, language, page = path.split("/")
        languages.setdefault(language, {})[page] = content
    for language in sorted(languages):
        yield language, handbook.book_text(languages[language])


def _unpack_handbook(archive, directory):
    with open(directory / "handbook.txt", "w", encoding="utf-8", newline="\n") as out:
        for _, text in _handbooks(archive):
            out.write(text)


def _unpack_handbook_languages(archive, directory):
    (directory / "handbook").mkdir()
    for language, text in _handbooks(archive):
        (directory / "handbook" / f"{language}.txt").write_text(text, "utf-8", newline="\n")


def _unpack_sources(archive, directory):
    """The package's Python files, one after the other by path."""
    sources = dict(debian.read_members(archive, lambda path: path.endswith(".py")))
    (directory / "sympy.py.txt").write_bytes(b"".join(sources[path] for path in sorted(sources)))


def _unpack_dictionary(archive, directory):
    for path, content in debian.read_members(archive, lambda p: p.endswith("/gcide.dict.dz")):
        try:  # dictzip is gzip with an index
            text = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise Problem(f"{archive}: {path}: {error}") from error
        (directory / "gcide.txt").write_bytes(text)


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
_HANDBOOK = Package("debian-handbook", "11.20220922")
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
                _HANDBOOK,
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
    "handbook-languages": Corpus(
        "the same book, a file for each language",
        "CC BY-SA 3.0 or GPL 2+",
        (
            Part(
                _HANDBOOK,
                (
                    _sha256(
                        "handbook/ar-MA.txt",
                        1_372_604,
                        "f1df3865f51dac462ca29959db4543a2c08d00fcf5dd800785e24a0680db958a",
                    ),
                    _sha256(
                        "handbook/ca-ES.txt",
                        1_226_106,
                        "d0cf9d2fae3595c57bac076069b5ef52461b7419418b43199caddf640d3c1cca",
                    ),
                    _sha256(
                        "handbook/cs-CZ.txt",
                        1_151_052,
                        "4b858488be282e30ad903dcc4d0ae2f6601b2445acfc34070e48818416d86dcd",
                    ),
                    _sha256(
                        "handbook/da-DK.txt",
                        1_142_895,
                        "a20f61e2b68eb202e496ef4ac13e992c49793365b7923c73388370afc3a5d438",
                    ),
                    _sha256(
                        "handbook/de-DE.txt",
                        1_268_262,
                        "e7cf3496c35335f179fae71fa9fc798c041dab11c8d30a8cfc28709008e49dec",
                    ),
                    _sha256(
                        "handbook/el-GR.txt",
                        1_153_361,
                        "80e1513e0c66571953cc615eb3fe9668f626a2f745ac4162d9795e8a60638341",
                    ),
                    _sha256(
                        "handbook/en-US.txt",
                        1_143_734,
                        "965b8ebb86e306f65b3d06d2d7cdbec97c99244bd8e8ad540ab7b996a7a6ed51",
                    ),
                    _sha256(
                        "handbook/es-ES.txt",
                        1_226_265,
                        "ee9b6c3b56edf8ef9c033903893e40b5711f5370197fc9c8cdfaeb1793d07beb",
                    ),
                    _sha256(
                        "handbook/fa-IR.txt",
                        1_458_730,
                        "046f95cff8a6210577a6c88c62e26cd05cc440f0d9253a906b7d152226ce5944",
                    ),
                    _sha256(
                        "handbook/fr-FR.txt",
                        1_228_795,
                        "922bab7b9aae6d30c112ed726a6712c61bfde21abec0010e0ea1d3036d89e042",
                    ),
                    _sha256(
                        "handbook/hr-HR.txt",
                        1_143_106,
                        "ac6a726d5fa11a507c795bdad20ff4fcc1a3020d2f009cde65a375bad36ee27a",
                    ),
                    _sha256(
                        "handbook/id-ID.txt",
                        1_175_521,
                        "a538b69d99776cc2428ea406a393760c56896d02d6ec144775804e29e676dcad",
                    ),
                    _sha256(
                        "handbook/it-IT.txt",
                        1_212_501,
                        "dbcd637e526f763dacbc1e40e429573d0d3d9771c9f263344b7954e0581cf958",
                    ),
                    _sha256(
                        "handbook/ja-JP.txt",
                        1_415_621,
                        "2a38b173388e7092871b73e9620f78d76f36414f204520f135822de17bbeae2e",
                    ),
                    _sha256(
                        "handbook/ko-KR.txt",
                        1_145_376,
                        "4088037b0dd9f935026286129df780805acab452861eefae6ada06d2a47ec49b",
                    ),
                    _sha256(
                        "handbook/nb-NO.txt",
                        1_158_581,
                        "d062e53133e2a5e67f63e589c6a73738152d713644e8dbc3ebbb3177eff9ab92",
                    ),
                    _sha256(
                        "handbook/nl-NL.txt",
                        1_162_657,
                        "3bffa1acfeef98e838acf5a2a9a92d27e303e37e7016c036f063329dce804d1b",
                    ),
                    _sha256(
                        "handbook/pl-PL.txt",
                        1_164_996,
                        "97fe17e8ba4abfc8ac3762cb198ba238305a4ef27643c7a79d2f8cbe23f6943c",
                    ),
                    _sha256(
                        "handbook/pt-BR.txt",
                        1_217_447,
                        "95f895cc4e36e88d8a2e601affaa7f7fb19647997124a98e3a5376eda788fd4f",
                    ),
                    _sha256(
                        "handbook/ro-RO.txt",
                        1_143_513,
                        "026d7a5c02cd0dbfcab292de93d3e10fdc173df9c130090b7e033180a5e99824",
                    ),
                    _sha256(
                        "handbook/ru-RU.txt",
                        1_569_100,
                        "c25d51a4e8b6ab61f57a00c6020e44ce79dd515cad799dc29673e546ed5a0d8e",
                    ),
                    _sha256(
                        "handbook/sv-SE.txt",
                        1_158_124,
                        "70af92dea214dc4181eba9b411a536797b28c9e0e1bfd756eab4a2c5ba7a312e",
                    ),
                    _sha256(
                        "handbook/tr-TR.txt",
                        1_150_952,
                        "b6d68e9ea1e944b34423d68c20102d9079873385a12acc678d9a0d0adf4b896c",
                    ),
                    _sha256(
                        "handbook/vi-VN.txt",
                        1_197_217,
                        "ff5be3383475c17d08f8545d242f1032b6ec5a8d73db619c95d1e474792d5236",
                    ),
                    _sha256(
                        "handbook/zh-CN.txt",
                        1_038_778,
                        "b31773896120516e592f7e83e07d5fe92e99ce3e050858761e4ae5693abb5e9d",
                    ),
                    _sha256(
                        "handbook/zh-TW.txt",
                        1_066_897,
                        "d0d5970808b0cd905937218cb43e3c5a2bf7fb03e4ad1f718f316ef62936f43d",
                    ),
                ),
                _unpack_handbook_languages,
            ),
        ),
    ),
    "sympy": Corpus(
        "Python: the source of SymPy 1.11, 1,473 files one after the other",
        "BSD",
        (
            Part(
                Package("python3-sympy", "1.11.1-1"),
                (
                    _sha256(
                        "sympy.py.txt",
                        31_214_670,
                        "2c93739f472f4fa4cdf5e8e8a87462cab2e66e6e328bfe22f48308d604add5db",
                    ),
                ),
                _unpack_sources,
            ),
        ),
    ),
    "gcide": Corpus(
        "the GNU Collaborative International Dictionary of English",
        "GPL 2+",
        (
            Part(
                Package("dict-gcide", "0.48.5+nmu2"),
                (
                    _sha256(
                        "gcide.txt",
                        39_952_321,
                        "802beb667e1fb666203e750f1faea60d5c202ac5430c2083c4180494609f10a7",
                    ),
                ),
                _unpack_dictionary,
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
