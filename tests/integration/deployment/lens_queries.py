"""What Kibana sends to Elasticsearch for a Lens visualization: its columns as one `_search`."""

import re
from typing import Any

from scripts.dev.kibana.lens import layers

Body = dict[str, Any]

_METRICS = {"average": "avg", "max": "max"}


def search_body(lens: Body, data_view: Body, time_range: Body) -> Body:
    """The request for the first layer; objects are decoded, `time_range` is the dashboard's."""
    (layer,) = layers(lens).values()
    columns = {name: layer["columns"][name] for name in layer["columnOrder"]}
    metrics = {name: agg for name, column in columns.items() if (agg := _metric(column))}
    aggs = metrics
    for name, column in reversed(columns.items()):
        if column["isBucketed"]:
            # metrics are asked for at every level, where a table may sort by them
            aggs = {name: {**_buckets(column, columns), "aggs": {**metrics, **aggs}}}
    view = data_view["attributes"]
    return {
        "size": 0,
        "track_total_hits": True,
        "query": {"bool": {"filter": [{"range": {view["timeFieldName"]: time_range}}, *_query(lens)]}},
        "runtime_mappings": view["runtimeFieldMap"],
        "aggs": aggs,
    }


def kql(query: str) -> Body:
    """`field: value` and `field: (one or "another")`, which is all that ours use."""
    matched = re.fullmatch(r"([\w.]+): (?:\((.+)\)|(\w+))", query)
    assert matched, f"teach this helper: {query}"
    field, several, one = matched.groups()
    values = [value.strip('"') for value in several.split(" or ")] if several else [one]
    should = [{"match_phrase": {field: value}} for value in values]
    return {"bool": {"should": should, "minimum_should_match": 1}}


def _query(lens: Body) -> list[Body]:
    query = lens["attributes"]["state"]["query"]["query"]
    return [kql(query)] if query else []


def _metric(column: Body) -> Body | None:
    operation, field = column["operationType"], column.get("sourceField")
    if operation == "median":
        return {"percentiles": {"field": field, "percents": [50]}}
    if operation in _METRICS:
        return {_METRICS[operation]: {"field": field}}
    return None


def _buckets(column: Body, columns: Body) -> Body:
    operation, field, params = column["operationType"], column.get("sourceField"), column["params"]
    if operation == "date_histogram":
        # what "auto" is for a year
        return {operation: {"field": field, "calendar_interval": "1w", "time_zone": "UTC", "min_doc_count": 0}}
    if operation == "filters":
        return {operation: {"filters": {f["label"]: kql(f["input"]["query"]) for f in params["filters"]}}}
    if operation == "range":
        ranges = [{end: r[end] for end in ("from", "to") if r[end] is not None} for r in params["ranges"]]
        return {operation: {"field": field, "ranges": ranges}}
    assert operation == "terms", f"teach this helper: {operation}"
    by = params["orderBy"]["columnId"]
    key = "_count" if columns[by]["operationType"] == "count" else by
    return {operation: {"field": field, "size": params["size"], "order": {key: params["orderDirection"]}}}
