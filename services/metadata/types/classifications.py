"""The classifications that this program sets or reads."""

CLASSIFICATIONS = {
    "Memento": "The real-world counterpart no longer exists; kept for lineage. archiveDate, archiveProcess.",
    "DataAssetEncoding": "The encoding of the data. encoding.",
    "SecurityTags": "Labels and properties for enforcement points. securityLabels, securityProperties, accessGroups.",
    "Confidentiality": "Its confidentiality. statusIdentifier, levelIdentifier, confidence, steward, source, notes.",
    "PrimaryKey": "The column is its table's primary key. name.",
    "TypeEmbeddedAttribute": "The type of an attribute that needs no element of its own. schemaTypeName, dataType.",
    "CalculatedValue": "The value is calculated: a view, or a generated column. formula.",
    "ZoneMembership": "The governance zones of the element. zoneMembership.",
    "RunMetrics": "The number of runs of a process, and its last run. runCount, failedRunCount, lastRunStatus, ...",
    "AssetZoneMembership": "The older name of ZoneMembership. zoneMembership.",
    "Ownership": "The owner of the element. owner, ownerTypeName, ownerPropertyName.",
}

PROTECTIONS = frozenset({"AssetZoneMembership", "Confidentiality", "Ownership", "SecurityTags", "ZoneMembership"})
"""The classifications that state how an element is protected; elements with one of them are found quickly.

They are part of the tables of stores: adding one requires a migration of the tables.
"""
