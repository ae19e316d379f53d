import sys
from dataclasses import replace
from pathlib import Path

from console.roles import environment_for, roles
from console.settings import PipelineSettings, RunSettings, Settings, WebSettings


def commands(settings, config=None):
    start = 3 if config is None else 5
    return {each.name: " ".join(each.command[start:]) for each in roles(settings, config)}


def test_without_settings_feeds_are_read_and_both_parts_run():
    assert commands(Settings()) == {
        "rules": "rules follow",
        "alerts": "pipeline run --part alerts",
        "deliver": "deliver",
        "entities": "pipeline run --part entities",
        "connect-rss": "connect rss",
    }


def test_several_workers_share_the_partitions():
    settings = Settings(pipeline=PipelineSettings(workers=2))
    found = commands(settings)
    assert found["entities-1"] == "pipeline run --part entities --share 1/2"
    assert found["entities-2"] == "pipeline run --part entities --share 2/2"
    assert "entities" not in found


def test_a_folder_is_followed_and_what_is_not_wanted_is_left_out():
    found = commands(Settings(run=RunSettings(seeds="in/", feeds=False)))
    assert found["connect-seeds"] == "connect seeds in/ --follow"
    assert "connect-rss" not in found


def test_the_api_is_served_only_where_there_are_tokens():
    assert "web" not in commands(Settings())
    found = commands(Settings(web=WebSettings(tokens="ada:" + "a" * 32)))
    assert found["web"] == "web"


def test_roles_read_the_settings_that_we_read():
    for role in roles(Settings(), Path("other.toml")):
        assert role.command[:5] == (sys.executable, "-m", "console", "--config", "other.toml")


def test_roles_are_told_by_variables_what_options_said():
    pipeline = PipelineSettings(entities=False, prism_location="/bin/prism")
    given = {
        "HOME": "/h",
        "TOCSIN_PRISM_LOCATION": "relative",
        "TOCSIN_METRICS_LISTEN_FILE": "/f",
        "TOCSIN_METRICS_LISTEN": "127.0.0.1:1",
    }
    settings = replace(Settings(), pipeline=pipeline)
    told = environment_for(settings, given, metrics=Path("/m"))
    assert told == {
        "HOME": "/h",
        "MALLOC_ARENA_MAX": "2",
        "TOCSIN_METRICS_LISTEN": "",
        "TOCSIN_PIPELINE_ENTITIES": "false",
        "TOCSIN_PIPELINE_PRISM_LOCATION": "/bin/prism",
        "PYTHONUNBUFFERED": "1",
        "PROMETHEUS_MULTIPROC_DIR": "/m",
    }


def test_how_memory_is_handed_out_is_the_operators_choice_first():
    told = environment_for(Settings(), {"MALLOC_ARENA_MAX": "4"}, metrics=Path("/m"))
    assert told["MALLOC_ARENA_MAX"] == "4"


def test_channels_their_secrets_and_tokens_reach_the_roles_as_they_are_set():
    given = {
        "TOCSIN_DELIVERY_CHANNELS": "channels.toml",
        "TOCSIN_CHANNEL_NEWSROOM_SECRET_FILE": "/run/secrets/newsroom-secret",
        "TOCSIN_MAIL_PASSWORD_FILE": "/run/secrets/mail-password",
        "TOCSIN_WEB_TOKENS_FILE": "/run/secrets/web-tokens",
    }
    told = environment_for(Settings(), given, metrics=Path("/m"))
    assert given.items() <= told.items()
