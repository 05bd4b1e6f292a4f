"""Sphinx configuration of the site of docs/ and the other manuals, for `./dev docs`.

The sources are plain Markdown files, which also work on a code host. The site's contents are the links in
docs/index.md, with its headings as captions.
"""

import html
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

project = "Longshore"
# pages of several folders link each other by their paths in the tree
root_doc = "docs/index"
source_suffix = {".md": "markdown"}
include_patterns = [
    "*.md",
    "docs/**.md",
    "tools/bench/README.md",
    "deploy/clamav/README.md",
    "web/README.md",
    "web/client/README.md",
    "web/element/README.md",
    "web/uppy/README.md",
    "web/react/README.md",
    "web/vue/README.md",
    "web/svelte/README.md",
]
exclude_patterns = [".*", "build", "**/node_modules"]
extensions = ["myst_parser"]
# anchors of headings as on code hosts
myst_heading_anchors = 4
# affects colours only: Pygments does not support all of TypeScript
suppress_warnings = ["misc.highlighting_failure"]
html_theme = "furo"
html_title = "Longshore"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
DIAGRAMS = "mermaid.tiny.js"


def add_contents(_app, name, source):
    """Adds a toctree to each section of docs/index.md with its links; a page is listed where it is first linked."""
    if name != root_doc:
        return
    seen = set()
    for section in source[0].split("\n## ")[1:]:
        caption, _, text = section.partition("\n")
        pages = [page for page in dict.fromkeys(re.findall(r"\]\(([\w./-]+\.md)\)", text)) if page not in seen]
        seen.update(pages)
        source[0] += "\n".join(["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```", ""])


def draw_diagrams(_app, doctree):
    """Let the browser draw Mermaid blocks, by a script that is part of the site."""
    for block in list(doctree.findall(nodes.literal_block)):
        if block.get("language") == "mermaid":
            text = f'<pre class="mermaid">{html.escape(block.astext())}</pre>'
            block.replace_self(nodes.raw("", text, format="html"))


def add_script(app, _name, _template, _context, doctree):
    """Add the script to pages with a diagram."""
    if doctree is not None and any('class="mermaid"' in raw.astext() for raw in doctree.findall(nodes.raw)):
        app.add_js_file(DIAGRAMS)


def name_folders(_app, doctree):
    """Replace links to folders, which work on a code host only, by their text."""
    for link in list(doctree.findall(addnodes.pending_xref)):
        if (Path(doctree["source"]).parent / link["reftarget"]).is_dir():
            link.replace_self(link.children)


def setup(app):
    """Sphinx calls this."""
    app.connect("source-read", add_contents)
    app.connect("doctree-read", draw_diagrams)
    app.connect("html-page-context", add_script)
    app.connect("doctree-read", name_folders)
