"""The page of keys of docs/reference/, from the bindings of the screen."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.markdown import table
from wsinspect.tui.every_key import every_key


def keys_page() -> Iterator[str]:
    """Yield the lines of the page."""
    yield "# Keys of the screen"
    yield ""
    yield "`?` shows those that work where you are, `ctrl+p` finds what they do by name, and a click does it as well."
    yield ""
    yield "A key is changed in `screen.toml` in the folder of wsinspect's settings (`~/.config/wsinspect` on Linux), by"
    yield "the name of what it does; several keys have commas between them. `theme` chooses the colours to begin with."
    yield ""
    yield "```toml"
    yield 'theme = "nord"'
    yield ""
    yield "[keys]"
    yield '"traffic.break" = "ctrl+b"'
    yield "```"
    for title, keys in every_key().items():
        yield ""
        yield f"## {title}"
        yield ""
        rows = ((", ".join(f"`{key}`" for key in each.keys.split(", ")), each.does, f"`{each.name}`") for each in keys)
        yield from table("Key", "Does", "Name", rows=rows)
