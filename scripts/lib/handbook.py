"""The text of the Debian handbook out of its HTML pages.

One line for each paragraph, heading, list item or table cell; program listings as they are;
a blank line between all of these. Pages come in reading order. What repeats on every page
(banner, navigation) and tables of contents are left out.
"""
import html.parser
import re

BLOCKS = frozenset("div p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table tr td th pre".split())
VOID = frozenset("br col hr img input link meta".split())
NAVIGATION = {
    ("div", "id", "banner"),
    ("p", "id", "title"),
    ("ul", "class", "docnav"),
    ("div", "class", "toc"),
}


class _Page(html.parser.HTMLParser):
    """Collects a page's blocks of text, and the page that follows it in the book."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.blocks = []
        self.next = None
        self._open = []  # tags now open
        self._skipped_at = None  # how many were open where a skipped part began
        self._text = []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "link" and attrs.get("rel") == "next":
            self.next = attrs.get("href")
        if tag in VOID:
            return
        if tag in BLOCKS:
            self._end_block()
        if self._skipped_at is None and _is_furniture(tag, attrs):
            self._skipped_at = len(self._open)
        self._open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self._open:
            return
        if tag in BLOCKS:
            self._end_block()
        while self._open.pop() != tag:
            pass
        if self._skipped_at is not None and len(self._open) <= self._skipped_at:
            self._skipped_at = None

    def handle_data(self, data):
        if self._skipped_at is None:
            self._text.append(data)

    def close(self):
        super().close()
        self._end_block()

    def _end_block(self):
        text = "".join(self._text)
        self._text = []
        if "pre" in self._open:
            text = text.strip("\r\n")
        else:
            text = re.sub(r"[ \t\r\n]+", " ", text).strip(" ")
        if text.strip():
            self.blocks.append(text)


def _is_furniture(tag, attrs):
    """Whether a page's element holds no text of the book itself."""
    return tag == "head" or any(
        (tag, name, word) in NAVIGATION
        for name in ("id", "class")
        for word in (attrs.get(name) or "").split()
    )


def book_text(pages):
    """The text of one language's pages, a dict from file name to HTML in UTF-8."""
    parsed = {}
    for name, content in pages.items():
        page = _Page()
        page.feed(content.decode("utf-8"))
        page.close()
        parsed[name] = page
    order = []
    name = "index.html"
    while name in parsed and name not in order:
        order.append(name)
        name = parsed[name].next
    order += sorted(set(parsed) - set(order))
    return "".join(block + "\n\n" for name in order for block in parsed[name].blocks)
