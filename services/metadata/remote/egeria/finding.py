"""Queries: the server checks the conditions that it supports, page by page, and the others are checked here."""

from services.errors import InvalidParameterError
from services.metadata.changes import ElementPage, Query
from services.metadata.element import ElementRecord
from services.metadata.remote.egeria.matching import conditions
from services.metadata.remote.egeria.names import both_forms
from services.metadata.remote.egeria.records import record_of
from services.metadata.remote.egeria.requests import Requests
from services.metadata.remote.egeria.routes import Operation
from services.metadata.remote.egeria.values import encoded
from services.metadata.remote.egeria.vocabulary import UNKNOWN_TYPE, Vocabulary
from services.metadata.remote.egeria.wire import ElementAnswer, ElementsAnswer, Values
from services.metadata.storable import require_query


async def find_page(query: Query, requests: Requests, vocabulary: Vocabulary) -> ElementPage:
    """The matching elements of one page of the server; the cursor is the start of its next page."""
    require_query(query)
    if query.qualified_name is not None:
        return await _by_name(query, requests, vocabulary)
    matches = conditions(query)
    size = min(query.page_size or requests.page_size, requests.page_size)
    start, to_skip = int(query.cursor or 0), query.start_from
    while True:
        answer = await _search(query, requests, vocabulary, start)
        records: list[ElementRecord] = []
        for number, element in enumerate(answer.element_list):
            record = record_of(element, vocabulary)
            if not all(matches_record(record) for matches_record in matches):
                continue
            if to_skip:
                to_skip -= 1
                continue
            records.append(record)
            if len(records) == size:
                return ElementPage(elements=records, cursor=str(start + number + 1))
        start += len(answer.element_list)
        if not answer.element_list:
            return ElementPage(elements=records)
        if not to_skip:
            return ElementPage(elements=records, cursor=str(start))


async def _by_name(query: Query, requests: Requests, vocabulary: Vocabulary) -> ElementPage:
    matches, found = conditions(query), []
    for name in both_forms(query.qualified_name or ""):
        body = {"name": name, "namePropertyName": "qualifiedName"}
        answer = await requests.read(Operation.NAMED, ElementAnswer, body)
        if answer.element is not None:
            record = record_of(answer.element, vocabulary)
            if all(each(record) for each in matches):
                found.append(record)
    start = int(query.cursor or 0) + query.start_from
    return ElementPage(elements=found[start : start + query.page_size] if query.page_size else found[start:])


async def _search(query: Query, requests: Requests, vocabulary: Vocabulary, start: int) -> ElementsAnswer:
    type_name = query.type_name
    while True:
        sent_as = "OpenMetadataRoot" if type_name is None else vocabulary.type_for(type_name)
        body: Values = {"metadataElementTypeName": sent_as, "sequencingOrder": "CREATION_DATE_OLDEST"}
        if values := _known_values(query, vocabulary):
            body["searchProperties"] = values
        try:
            return await requests.page(Operation.SEARCH, ElementsAnswer, body, start=start)
        except InvalidParameterError as error:
            is_new_type = type_name is not None and error.definition.id == UNKNOWN_TYPE
            if not is_new_type or not vocabulary.learn(type_name or "", sent_as, error):
                raise


def _known_values(query: Query, vocabulary: Vocabulary) -> Values | None:
    """The conditions on texts for which the server's type has a property of its own."""
    conditions = []
    for name, value in query.property_values.items():
        remote_name = vocabulary.remote_property_name(query.type_name, name) if query.type_name is not None else None
        if remote_name is not None and isinstance(value, str) and remote_name != "qualifiedName":
            conditions.append(
                {
                    "class": "PropertyCondition",
                    "property": remote_name,
                    "operator": "EQ",
                    "value": encoded(remote_name, value),
                }
            )
    if not conditions:
        return None
    return {"class": "SearchProperties", "conditions": conditions, "matchCriteria": "ALL"}
