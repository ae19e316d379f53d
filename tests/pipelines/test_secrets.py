import pickle
from pathlib import Path

import pytest

from connectors.kafka import KafkaSettings, Publishing
from pipelines.io.log import KafkaLog
from pipelines.memory import MemoryAt
from pipelines.secrets import looked_up, named
from schemas import InvalidSetting

SASL = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN", "sasl_username": "tocsin"}


def test_a_secret_is_looked_up_in_the_variable_or_in_its_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOCSIN_KAFKA_SASL_PASSWORD", "hush")
    assert looked_up(named("TOCSIN_KAFKA_SASL_PASSWORD")) == "hush"
    monkeypatch.delenv("TOCSIN_KAFKA_SASL_PASSWORD")
    file = tmp_path / "password"
    file.write_text("quiet\n")
    monkeypatch.setenv("TOCSIN_KAFKA_SASL_PASSWORD_FILE", str(file))
    assert looked_up(named("TOCSIN_KAFKA_SASL_PASSWORD")) == "quiet"
    file.unlink()
    with pytest.raises(InvalidSetting, match="SASL_PASSWORD_FILE"):
        looked_up(named("TOCSIN_KAFKA_SASL_PASSWORD"))


def test_what_is_no_name_of_a_secret_is_itself() -> None:
    assert looked_up("sqlite:///tocsin.db") == "sqlite:///tocsin.db"
    assert looked_up("") == ""


def test_a_worker_without_the_variable_says_which_and_what_to_do() -> None:
    with pytest.raises(InvalidSetting, match="TOCSIN_STORE_URL is not set") as told:
        looked_up(named("TOCSIN_STORE_URL"))
    assert "TaskManager" in told.value.hint


def test_consumers_producers_and_the_store_are_opened_with_what_was_looked_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOCSIN_KAFKA_SASL_PASSWORD", "hush")
    monkeypatch.setenv("TOCSIN_STORE_URL", f"sqlite:///{tmp_path / 'tocsin.db'}")
    kafka = KafkaSettings(sasl_password=named("TOCSIN_KAFKA_SASL_PASSWORD"), **SASL)
    log = KafkaLog.of(kafka.client(), topic="articles", group="alerts")
    memory = MemoryAt(named("TOCSIN_STORE_URL"))
    publishing = Publishing(kafka, looked_up)
    for each in (log, publishing, memory):
        assert b"hush" not in pickle.dumps(each)
        assert pickle.loads(pickle.dumps(each)) == each
    assert log.options["sasl_plain_password"] == "hush"
    assert publishing.open()._settings.sasl_password == "hush"
    memory.open()
    memory.close()
    assert (tmp_path / "tocsin.db").exists()
