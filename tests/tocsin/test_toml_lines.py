from tocsin.toml_lines import TomlLines

TEXT = """\
title = "x"   # first
[[rule]]
id = "a"
"quoted key" = 1

[[rule]]   # second
text = '''
id = "not a key"
[[rule]]
'''
id = "b"
[other]
id = 1
"""


def test_keys_of_each_row_are_found_on_their_own_line() -> None:
    lines = TomlLines(TEXT)
    assert (lines.of_row("rule", 0, "id"), lines.of_row("rule", 0, "quoted key")) == (3, 4)
    assert (lines.of_row("rule", 1, "text"), lines.of_row("rule", 1, "id")) == (7, 11)


def test_a_key_that_is_missing_has_the_line_of_its_header() -> None:
    assert TomlLines(TEXT).of_row("rule", 1, "missing") == 6


def test_keys_and_tables_outside_of_rows_are_found() -> None:
    lines = TomlLines(TEXT)
    assert (lines.of_key("title"), lines.of_key("rule"), lines.of_key("other")) == (1, 2, 12)


def test_what_cannot_be_placed_is_placed_at_the_beginning_of_what_holds_it() -> None:
    lines = TomlLines("x = 1\nrule = [{id = 1}]\n")
    assert lines.of_row("rule", 0, "id") == 2
    assert lines.of_key("missing") == 1
