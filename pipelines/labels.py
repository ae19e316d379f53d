"""What the labels of the models mean."""

from schemas import EntityType

TYPES = {
    **dict.fromkeys(("PERSON", "PER", "persName"), EntityType.PERSON),
    **dict.fromkeys(("ORG", "orgName", "ORGANIZATION"), EntityType.ORGANISATION),
    **dict.fromkeys(("GPE", "LOC", "FAC", "placeName", "geogName"), EntityType.PLACE),
    "EVENT": EntityType.EVENT,
    **dict.fromkeys(("MISC", "NORP", "PRODUCT", "WORK_OF_ART", "LAW"), EntityType.OTHER),
}
"""Entity types by label. Other labels (dates, numbers, money) are no names."""
