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
    "examples/README.md",
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
html_css_files = ["site.css", "demos.css"]
html_copy_source = False
DIAGRAMS = "mermaid.tiny.js"
DEMOS = "demos/index.js"
SERVICE = re.compile(r"^<!-- demos: service -->\n.+\n", re.MULTILINE)
"""The place of the demos' service; the line after it is for pages whose demos do not run."""
DEMO = re.compile(r"^<!-- (?:demo: (\S+)|source) -->\n(.+)\n", re.MULTILINE)
"""A demo, or only code; the line after it has links to its files, in web/demos/."""
LANGUAGES = {".html": "html", ".vue": "html", ".svelte": "html", ".ts": "typescript", ".tsx": "typescript"}
"""Lexers of Pygments, by extension."""
PRAGMA = "@jsxImportSource"
"""Only our own build needs it, as its pages are Preact."""


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


def show_demos(app, _name, source):
    """Replace the links to a demo's files by a place where it runs, if it can, and by the files themselves."""
    service = app.config.demo_service
    if service:
        source[0] = SERVICE.sub(f'<div class="demo-service" data-service="{html.escape(service)}"></div>\n', source[0])
    source[0] = DEMO.sub(lambda found: _demo(found[1] if service else None, found[2]), source[0])


def _demo(name, links):
    place = f'<div class="demo" data-demo="{name}"></div>\n\n' if name else ""
    return place + "\n".join(_included(*link) for link in re.findall(r"\[(.+?)\]\((.+?)\)", links))


def _included(caption, path):
    options = [f":caption: {caption}", f":language: {LANGUAGES[Path(path).suffix]}"]
    if path.endswith(".tsx"):
        options.append(f":start-after: {PRAGMA}")
    return "\n".join([f"```{{literalinclude}} {path}", *options, "```", ""])


def draw_diagrams(_app, doctree):
    """Let the browser draw Mermaid blocks, by a script that is part of the site."""
    for block in list(doctree.findall(nodes.literal_block)):
        if block.get("language") == "mermaid":
            text = f'<pre class="mermaid">{html.escape(block.astext())}</pre>'
            block.replace_self(nodes.raw("", text, format="html"))


def add_scripts(app, _name, _template, _context, doctree):
    """Add its script to a page with a diagram or a demo."""
    raw = "" if doctree is None else "".join(node.astext() for node in doctree.findall(nodes.raw))
    if 'class="mermaid"' in raw:
        app.add_js_file(DIAGRAMS)
    if 'class="demo"' in raw:
        app.add_js_file(DEMOS, type="module")


def name_for_all(_app, _name, _template, context, _doctree):
    """Add what the theme lacks for the keyboard and screen readers: scrollable code has the focus, headings a level."""
    context["body"] = context.get("body", "").replace("<pre>", '<pre tabindex="0">')
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def name_folders(_app, doctree):
    """Replace links to folders, which work on a code host only, by their text."""
    for link in list(doctree.findall(addnodes.pending_xref)):
        if (Path(doctree["source"]).parent / link["reftarget"]).is_dir():
            link.replace_self(link.children)


def setup(app):
    """Sphinx calls this."""
    # the service that the demos upload to; empty: they are only shown as code
    app.add_config_value("demo_service", "", "env")
    app.connect("source-read", add_contents)
    app.connect("source-read", show_demos)
    app.connect("doctree-read", draw_diagrams)
    app.connect("html-page-context", add_scripts)
    # after the theme
    app.connect("html-page-context", name_for_all, priority=900)
    app.connect("doctree-read", name_folders)
