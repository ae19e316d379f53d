import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli import cli
from console.settings import (
    LEAST_BUDGET,
    FeedsSettings,
    RunSettings,
    Settings,
    host_and_port,
)
from console.sources import KEYS, load
from schemas import InvalidSetting
from tests.contracts.tree import ROOT


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "tocsin.toml"
    path.write_text(text)
    return path


def fault_of(tmp_path: Path, text: str) -> str:
    with pytest.raises(InvalidSetting) as raised:
        load(written(tmp_path, text), {})
    return str(raised.value).replace(f"{tmp_path}/", "")


def test_without_a_file_everything_has_its_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = load(None, {}).settings
    assert found.kafka.bootstrap_servers == ("127.0.0.1:9092",)
    assert found.store.url == "sqlite:///tocsin.db"
    assert found.feeds == FeedsSettings()


def test_the_file_of_the_working_folder_is_read(tmp_path, monkeypatch):
    written(tmp_path, '[kafka]\nprefix = "staging"\n')
    monkeypatch.chdir(tmp_path)
    assert load(None, {}).settings.kafka.prefix == "staging"


def test_the_environment_goes_before_the_file(tmp_path):
    path = written(tmp_path, '[kafka]\nbootstrap_servers = ["a:1"]\nprefix = "staging"\n')
    found = load(path, {"TOCSIN_KAFKA_BOOTSTRAP_SERVERS": "b:2, c:3"})
    assert found.settings.kafka.bootstrap_servers == ("b:2", "c:3")
    assert found.settings.kafka.prefix == "staging"
    origins = {str(key): origin for key, origin in found.origins.items()}
    assert origins == {
        "kafka.bootstrap_servers": "TOCSIN_KAFKA_BOOTSTRAP_SERVERS",
        "kafka.prefix": f"{path}:3",
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [('"90s"', 90.0), ('"5m"', 300.0), ('"1.5h"', 5400.0), ('"1d"', 86400.0), ("60", 60.0)],
)
def test_durations_are_seconds_or_have_a_unit(tmp_path, text, seconds):
    assert load(written(tmp_path, f"[feeds]\nfloor = {text}\n"), {}).settings.feeds.floor == seconds


@pytest.mark.parametrize("key", KEYS.values(), ids=str)
def test_every_key_can_be_set_by_the_environment(key):
    samples = {bool: "no" if key.default else "yes", int: "1024", float: "600", str: "x"}
    text = samples.get(key.kind, "x, y")
    environment = {key.variable: text}
    if key.section == "kafka" and key.name == "security_protocol":
        environment[key.variable] = "SSL"
    if key.name == "listen":
        environment[key.variable] = "x:1"
    if key.name == "callback":
        environment = {key.variable: "https://t.example/", "TOCSIN_WEBSUB_SECRET": "x" * 16}
    if key.name == "tokens":
        environment[key.variable] = "ada:" + "x" * 32
    if key.name == "link":
        environment[key.variable] = "https://t.example/{alert}"
    if key.section == "mail" and key.name in ("user", "password"):
        environment = {"TOCSIN_MAIL_USER": "x", "TOCSIN_MAIL_PASSWORD": "x"}
    if key.section == "mail" and key.name == "host":
        environment["TOCSIN_MAIL_SENDER"] = "x@t.example"
    if key.name.startswith("sasl_"):
        environment = {
            "TOCSIN_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "TOCSIN_KAFKA_SASL_MECHANISM": "PLAIN",
            "TOCSIN_KAFKA_SASL_USERNAME": "x",
            "TOCSIN_KAFKA_SASL_PASSWORD": "x",
        }
    found = load(Path("/dev/null"), environment)
    assert found.origins[key] == key.variable
    assert getattr(getattr(found.settings, key.section), key.name) not in (None, key.default)


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known_one(tmp_path):
    text = '[store]\nurl = "sqlite:///a"\n\n[kafka]\n# servers\nbootstrap_server = ["a:1"]\n'
    said = "tocsin.toml:6: unknown key 'bootstrap_server' in [kafka]: did you mean 'bootstrap_servers'?"
    assert fault_of(tmp_path, text) == said


def test_an_unknown_section_is_named_with_its_line(tmp_path):
    assert fault_of(tmp_path, "\n[feed]\ngap = 2\n") == (
        "tocsin.toml:2: unknown section 'feed': did you mean [feeds]?"
    )
    assert "known are [store]" in fault_of(tmp_path, 'colour = "red"\n')


def test_all_faults_are_told_at_once(tmp_path):
    text = '[feeds]\nconcurrency = "many"\npages = 1\nfloor = "soon"\ngap = -1\n'
    said = fault_of(tmp_path, text).splitlines()
    assert said == [
        "tocsin.toml:2: concurrency must be a whole number",
        "tocsin.toml:3: pages must be true or false",
        "tocsin.toml:4: floor must be a number of seconds, or text such as 90s, 5m, 24h",
    ]


def test_what_is_no_toml_is_said_with_its_line(tmp_path):
    assert fault_of(tmp_path, "[kafka]\nprefix = \n").startswith("tocsin.toml:2: not TOML")


@pytest.mark.parametrize(
    "text",
    [
        '[kafka]\nsasl_password = "hush"\n',
        '[store]\nurl = "postgresql://tocsin:hush@db/tocsin"\n',
        '[feeds]\nproxy = "http://me:hush@proxy.example:8080"\n',
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path, text):
    said = fault_of(tmp_path, text)
    assert "tocsin.toml:2:" in said
    assert "_FILE" in said
    assert "hush" not in said


def test_a_secret_comes_from_a_file_that_the_environment_names(tmp_path):
    secret = tmp_path / "url"
    secret.write_text("postgresql://tocsin:hush@db/tocsin\n")
    found = load(Path("/dev/null"), {"TOCSIN_STORE_URL_FILE": str(secret)})
    assert found.settings.store.url == "postgresql://tocsin:hush@db/tocsin"
    with pytest.raises(InvalidSetting, match="only one"):
        load(Path("/dev/null"), {"TOCSIN_STORE_URL_FILE": str(secret), "TOCSIN_STORE_URL": "x"})
    with pytest.raises(InvalidSetting, match="No such file"):
        load(Path("/dev/null"), {"TOCSIN_STORE_URL_FILE": str(tmp_path / "none")})


def test_a_variable_that_sets_nothing_is_an_error_that_names_the_nearest():
    with pytest.raises(InvalidSetting, match="did you mean TOCSIN_KAFKA_BOOTSTRAP_SERVERS"):
        load(Path("/dev/null"), {"TOCSIN_KAFKA_BOOTSTRAP_SERVER": "a:1"})


def test_variables_that_are_no_settings_are_left_alone():
    environment = {"TOCSIN_KAFKA_JARS": "/j", "TOCSIN_OTHER": "x", "HOME": "/h"}
    assert load(Path("/dev/null"), environment).origins == {}


def test_the_place_of_prism_has_a_short_name_that_goes_before_the_long_one():
    environment = {"TOCSIN_PRISM_LOCATION": "/p", "TOCSIN_PIPELINE_PRISM_LOCATION": "/q"}
    found = load(Path("/dev/null"), environment)
    assert found.settings.pipeline.prism_location == "/p"
    assert found.origins[KEYS["pipeline.prism_location"]] == "TOCSIN_PRISM_LOCATION"


def test_a_value_that_is_wrong_names_its_variable_and_shows_no_secret():
    with pytest.raises(InvalidSetting, match="TOCSIN_FEEDS_GAP: 'soon' is not a number of seconds"):
        load(Path("/dev/null"), {"TOCSIN_FEEDS_GAP": "soon"})


def test_values_that_do_not_fit_together_are_refused(tmp_path):
    assert "floor" in fault_of(tmp_path, '[feeds]\nfloor = "2d"\n')


@pytest.mark.parametrize(
    "line", ["workers = 0", "alert_workers = 0", 'memory_ttl = "0s"', "keep = 0"]
)
def test_a_stream_that_nobody_runs_or_that_remembers_nothing_is_refused(tmp_path, line):
    assert line.partition(" ")[0] in fault_of(tmp_path, f"[pipeline]\n{line}\n")


@pytest.mark.parametrize(
    ("callback", "secret", "said"),
    [
        ("https://t.example/websub/", "", "TOCSIN_WEBSUB_SECRET_FILE"),
        ("https://t.example/websub/", "too short", "16 characters"),
        ("https://t.example/websub", "x" * 16, "end with a /"),
        ("t.example/websub/", "x" * 16, "must be a URL"),
        ("ftp://t.example/", "x" * 16, "must be a URL"),
        ("https://me@t.example/", "x" * 16, "must be a URL"),
        ("https://t.example/?a=/", "x" * 16, "must be a URL"),
        ("https:///", "x" * 16, "must be a URL"),
        ("https://[/", "x" * 16, "must be a URL"),
    ],
)
def test_hubs_are_given_an_address_that_works_and_that_nobody_guesses(callback, secret, said):
    environment = {"TOCSIN_WEBSUB_CALLBACK": callback, "TOCSIN_WEBSUB_SECRET": secret}
    with pytest.raises(InvalidSetting, match=re.escape(said)) as raised:
        load(Path("/dev/null"), environment)
    assert "too short" not in str(raised.value)


def test_the_secret_for_hubs_is_refused_in_the_file(tmp_path):
    said = fault_of(tmp_path, f'[websub]\nsecret = "{"hush" * 8}"\n')
    assert "TOCSIN_WEBSUB_SECRET_FILE" in said
    assert "hush" not in said


@pytest.mark.parametrize(
    "listen", ["9465", ":9465", "localhost:", "localhost:x", "localhost:70000"]
)
def test_where_to_listen_is_host_and_port(listen):
    with pytest.raises(InvalidSetting, match=r"websub\.listen: .* is not HOST:PORT"):
        host_and_port("websub.listen", listen)
    assert host_and_port("websub.listen", "[::1]:9465") == ("::1", 9465)


def test_the_settings_are_shown_with_their_origins_and_without_secrets(tmp_path):
    path = written(tmp_path, '[kafka]\nsasl_username = "me"\nsasl_mechanism = "PLAIN"\n')
    environment = {
        "TOCSIN_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "TOCSIN_KAFKA_SASL_PASSWORD": "hush",
        "TOCSIN_STORE_URL": "postgresql://tocsin:hush@db/tocsin",
    }
    shown = CliRunner().invoke(cli, ["--config", str(path), "config", "show"], env=environment)
    assert shown.exit_code == 0, shown.output
    assert "hush" not in shown.output
    assert f'sasl_username = "me"  # {path}:2' in shown.output
    assert 'sasl_password = "***"  # TOCSIN_KAFKA_SASL_PASSWORD' in shown.output
    assert 'url = "postgresql://tocsin:***@db/tocsin"' in shown.output
    as_json = ["--config", str(path), "config", "show", "--json"]
    rows = json.loads(CliRunner().invoke(cli, as_json, env=environment).output)
    assert set(rows) == set(KEYS)
    assert rows["kafka.prefix"] == {"value": "tocsin", "from": "default"}


def test_a_settings_file_that_is_named_must_exist(tmp_path):
    with pytest.raises(InvalidSetting, match="No such file"):
        load(tmp_path / "other.toml", {})


def test_the_reference_shows_every_key_with_its_default(tmp_path):
    text = (ROOT / "docs/reference/settings.md").read_text()
    (block,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    found = load(written(tmp_path, block), {})
    assert found.settings == Settings()
    assert {str(key) for key in KEYS.values() if key not in found.origins} == {
        "kafka.ssl_password",
        "kafka.sasl_password",
        "websub.secret",
        "mail.password",
        "web.tokens",
    }


@pytest.mark.parametrize("budget", [-1, 1, LEAST_BUDGET - 1])
def test_a_budget_that_no_part_of_the_stream_could_start_in_is_refused(budget):
    with pytest.raises(InvalidSetting, match="memory_budget must be"):
        RunSettings(memory_budget=budget)
    assert RunSettings(memory_budget=0).memory_budget == 0


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('[mail]\nhost = "mail.example.org"\n', "mail: sender '' is no mail address"),
        ('[mail]\nhost = "m"\nsender = "a@t.example"\ntls = "ssl"\n', "mail: tls is one of"),
        ("[mail]\nport = 0\n", "mail: port must be from 1 to 65535"),
        ('[mail]\nuser = "me"\n', "TOCSIN_MAIL_PASSWORD"),
        ('[mail]\npassword = "hush"\n', "does not belong into a file"),
        ('[delivery]\nlink = "https://t.example/"\n', "delivery: link must be a URL"),
        ('[delivery]\nlink = "javascript:{alert}"\n', "delivery: link must be a URL"),
        ('[delivery]\nlink = "https://[/{alert}"\n', "delivery: link must be a URL"),
    ],
)
def test_what_cannot_be_meant_of_delivery_is_refused(tmp_path, section, said):
    assert said in fault_of(tmp_path, section)


def test_the_mail_server_is_that_of_the_settings_and_none_without_a_host(tmp_path):
    assert load(written(tmp_path, ""), {}).settings.mail.server() is None
    text = '[mail]\nhost = "m.example"\nuser = "me"\nsender = "a@t.example"\n'
    server = load(written(tmp_path, text), {"TOCSIN_MAIL_PASSWORD": "hush"}).settings.mail.server()
    assert (server.host, server.port, server.password) == ("m.example", 587, "hush")
    assert "hush" not in repr(server)
