"""The classifications that this program sets or reads."""

CLASSIFICATIONS = {
    "Memento": "The real-world counterpart is gone; kept for lineage. archiveDate, archiveProcess.",
    "DataAssetEncoding": "How the data is encoded. encoding.",
    "SecurityTags": "What enforcement points should know. securityLabels, securityProperties, accessGroups.",
    "Confidentiality": "How confidential it is. statusIdentifier, levelIdentifier, confidence, steward, source, notes.",
    "PrimaryKey": "The column is its table's primary key. name.",
    "TypeEmbeddedAttribute": "The type of an attribute that needs no element of its own. schemaTypeName, dataType.",
    "CalculatedValue": "The value is calculated: a view, or a generated column. formula.",
    "ZoneMembership": "The governance zones it belongs to. zoneMembership.",
    "RunMetrics": "How often a process ran, and its last run. runCount, failedRunCount, lastRunStatus, ...",
    "AssetZoneMembership": "The older name of ZoneMembership. zoneMembership.",
    "Ownership": "Who owns it. owner, ownerTypeName, ownerPropertyName.",
}

PROTECTIONS = frozenset({"AssetZoneMembership", "Confidentiality", "Ownership", "SecurityTags", "ZoneMembership"})
"""The classifications that state how an element is protected; elements with one of them are found quickly.

They are part of the tables of stores: adding one requires a migration of the tables.
"""
