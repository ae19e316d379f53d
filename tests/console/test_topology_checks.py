"""What `tocsin doctor` says of what runs continuously; by the environment, as for a user."""

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from connectors import lag
from connectors.lag import Lag
from console import topology_checks
from console.findings import State
from console.restarts import Reason
from console.run_folder import Ends, folder_for, note_roles
from pipelines import prism
from store.engine import open_engine
from store.memory import SqlMemory
from tests.memories import an_article, prose, show


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder without settings, without a store and without a Prism."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(prism, "__file__", str(tmp_path / "checkout/pipelines/prism.py"))
    monkeypatch.delenv("TOCSIN_PRISM_LOCATION", raising=False)
    return tmp_path


def test_what_was_not_set_and_is_not_there_is_no_fault():
    found = [topology_checks.prism(), topology_checks.store(), topology_checks.rules_in_force()]
    assert [each.state for each in found] == [State.OK] * 3
    assert not any(topology_checks.Path().iterdir())


def test_a_prism_that_was_set_must_be_there_and_run(here, monkeypatch):
    monkeypatch.setenv("TOCSIN_PRISM_LOCATION", "nowhere")
    assert topology_checks.prism().state is State.FAIL
    program = here / "prism"
    monkeypatch.setenv("TOCSIN_PRISM_LOCATION", str(program))
    program.write_text("no program")
    assert "does not run" in topology_checks.prism().found
    program.chmod(0o755)
    program.write_text("#!/bin/sh\necho ' -job_port int'\n")
    assert topology_checks.prism().state is State.OK


def test_a_prism_of_another_version_than_beam_is_a_warning(here, monkeypatch):
    program = here / "prism"
    program.write_text(
        "#!/bin/sh\necho job_port; exit\nmod\tgithub.com/apache/beam/sdks/v2\tv2.1.0\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("TOCSIN_PRISM_LOCATION", str(program))
    found = topology_checks.prism()
    assert found.state is State.WARN
    assert "v2.1.0" in found.found


def test_a_store_that_was_set_must_be_had(monkeypatch):
    monkeypatch.setenv("TOCSIN_STORE_URL", "postgresql://tocsin:hush@127.0.0.1:1/none")
    found = topology_checks.store()
    assert found.state is State.FAIL
    assert "hush" not in found.found


def test_a_store_says_its_migration():
    open_engine("sqlite:///tocsin.db").dispose()
    assert "migration 0" in topology_checks.store().found
    assert topology_checks.rules_in_force().found.startswith("none yet")


def test_without_kafka_there_is_no_lag(monkeypatch):
    monkeypatch.setenv("TOCSIN_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    assert topology_checks.lag().state is State.OK


def test_a_role_that_stopped_itself_is_a_fault_with_what_to_do():
    assert topology_checks.roles().state is State.OK
    folder = folder_for("sqlite:///tocsin.db")
    folder.mkdir()
    note_roles(folder, {"alerts": 0, "deliver": 7}, ["alerts"])
    found = topology_checks.roles()
    assert found.state is State.FAIL
    assert found.found.startswith("alerts stopped")
    assert "tocsin dead-letters list" in found.remedy


def test_a_role_that_ends_again_and_again_is_a_fault_with_the_last_that_it_said():
    folder = folder_for("sqlite:///tocsin.db")
    folder.mkdir()
    said = "Error: cannot open the store"
    ends = [
        Ends(role="deliver", count=5, started=0.0, said=said),
        Ends(role="rules", count=1, started=0.0),
    ]
    note_roles(folder, {"deliver": 0, "rules": 0}, [], ends)
    found = topology_checks.roles()
    assert found.state is State.FAIL
    assert found.found == f"deliver ended 5 times in a row, last with: {said}"


def test_a_role_that_grows_too_large_again_and_again_is_told_apart_from_one_that_fails():
    folder = folder_for("sqlite:///tocsin.db")
    folder.mkdir()
    ends = Ends(role="entities", count=3, started=0.0, said="read", reason=Reason.MEMORY)
    note_roles(folder, {"entities": 0}, [], [ends])
    found = topology_checks.roles()
    assert (
        found.found == "entities ended 3 times in a row, last because it was over its memory budget"
    )
    assert "[run] memory_budget" in found.remedy


def test_an_empty_store_whose_groups_have_read_is_a_warning(monkeypatch):
    has_read = Lag(group="tocsin-alerts", records=7, has_begun=True)
    has_not = Lag(group="tocsin-alerts", records=7, has_begun=False)
    monkeypatch.setattr(lag, "lags", lambda *_: [has_read])
    assert topology_checks.lag().state is State.WARN
    engine = open_engine("sqlite:///tocsin.db")
    found = topology_checks.lag()
    assert (found.state, "the store is empty" in found.found) == (State.WARN, True)
    show(SqlMemory(engine), [an_article("one", prose(1))])
    assert topology_checks.lag().found == "alerts 7 records behind"
    engine.dispose()
    topology_checks.Path("tocsin.db").unlink()
    monkeypatch.setattr(lag, "lags", lambda *_: [has_not])
    assert topology_checks.lag().state is State.OK


@pytest.mark.kafka
def test_a_group_beyond_the_end_of_the_log_is_a_fault_with_what_to_do(
    environment, settings, monkeypatch
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert topology_checks.lag().found == "alerts not begun, entities not begun"
    group = f"{settings.prefix}-entities"
    consumer = KafkaConsumer(bootstrap_servers=settings.bootstrap_servers[0], group_id=group)
    place = TopicPartition(f"{settings.prefix}.articles", 0)
    consumer.commit({place: OffsetAndMetadata(3, "", -1)})
    consumer.close()
    found = topology_checks.lag()
    assert found.state is State.FAIL
    assert found.found.startswith(f"{group} read beyond the end of the log")
    assert f"--delete --group {group}" in found.remedy
