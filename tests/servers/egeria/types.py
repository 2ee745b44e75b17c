"""The part of the open metadata types of Egeria 4.3 that the tests touch: what is not here, the server refuses."""

from uuid import NAMESPACE_OID, uuid5

STRING, DATE, INT, BOOLEAN = "string", "date", "int", "boolean"
MAP, ARRAY = "map<string,string>", "array<string>"

_Entities = dict[str, tuple[str, dict[str, str]]]
_ENTITIES: _Entities = {
    "OpenMetadataRoot": ("", {}),
    "Referenceable": ("OpenMetadataRoot", {"qualifiedName": STRING, "additionalProperties": MAP}),
    "Asset": ("Referenceable", {"name": STRING, "description": STRING, "versionIdentifier": STRING}),
    "DataStore": (
        "Asset",
        {"pathName": STRING, "storeCreateTime": DATE, "storeUpdateTime": DATE, "deployedImplementationType": STRING},
    ),
    "DataFile": ("DataStore", {"fileType": STRING}),
    "CSVFile": ("DataFile", {"delimiterCharacter": STRING, "quoteCharacter": STRING}),
    "AvroFile": ("DataFile", {}),
    "JSONFile": ("DataFile", {}),
    "LogFile": ("DataFile", {}),
    "MediaFile": ("DataFile", {"embeddedMetadata": MAP}),
    "Document": ("MediaFile", {}),
    "FileFolder": ("DataStore", {}),
    "DataFolder": ("FileFolder", {}),
    "DataSet": ("Asset", {"deployedImplementationType": STRING}),
    "Database": ("DataStore", {"databaseVersion": STRING, "instance": STRING, "importedFrom": STRING}),
    "DeployedDatabaseSchema": ("DataSet", {}),
    "Process": ("Asset", {"formula": STRING}),
    "SchemaElement": ("Referenceable", {"displayName": STRING, "description": STRING, "isDeprecated": BOOLEAN}),
    "SchemaType": ("SchemaElement", {"usage": STRING, "encodingStandard": STRING, "namespace": STRING}),
    "ComplexSchemaType": ("SchemaType", {}),
    "TabularSchemaType": ("ComplexSchemaType", {}),
    "RelationalDBSchemaType": ("ComplexSchemaType", {}),
    "SchemaAttribute": (
        "SchemaElement",
        {
            "position": INT,
            "minCardinality": INT,
            "maxCardinality": INT,
            "allowsDuplicateValues": BOOLEAN,
            "orderedValues": BOOLEAN,
            "defaultValueOverride": STRING,
            "minimumLength": INT,
            "length": INT,
            "precision": INT,
            "significantDigits": INT,
            "isNullable": BOOLEAN,
            "nativeClass": STRING,
            "aliases": ARRAY,
        },
    ),
    "TabularColumn": ("SchemaAttribute", {}),
    "RelationalTable": ("SchemaAttribute", {}),
    "RelationalColumn": ("SchemaAttribute", {}),
    "SoftwareCapability": (
        "Referenceable",
        {"name": STRING, "description": STRING, "deployedImplementationType": STRING},
    ),
    "DataManager": ("SoftwareCapability", {}),
    "DatabaseManager": ("DataManager", {}),
    "SoftwareServerCapability": ("SoftwareCapability", {}),
    "IntegrationGroup": ("SoftwareServerCapability", {}),
    "DeployedSoftwareComponent": ("Process", {"implementationLanguage": STRING}),
    "DeployedConnector": ("DeployedSoftwareComponent", {}),
    "IntegrationConnector": ("DeployedConnector", {"usesBlockingCalls": BOOLEAN}),
    "Connection": (
        "Referenceable",
        {
            "displayName": STRING,
            "description": STRING,
            "userId": STRING,
            "clearPassword": STRING,
            "encryptedPassword": STRING,
            "securedProperties": MAP,
            "configurationProperties": MAP,
        },
    ),
    "IntegrationReport": (
        "OpenMetadataRoot",
        {
            "connectorName": STRING,
            "connectorId": STRING,
            "serverName": STRING,
            "refreshStartDate": DATE,
            "refreshCompletionDate": DATE,
            "createdElements": ARRAY,
            "updatedElements": ARRAY,
            "deletedElements": ARRAY,
            "additionalProperties": MAP,
        },
    ),
    "ConnectorType": (
        "Referenceable",
        {"displayName": STRING, "description": STRING, "connectorProviderClassName": STRING},
    ),
    "Endpoint": (
        "Referenceable",
        {
            "name": STRING,
            "description": STRING,
            "networkAddress": STRING,
            "protocol": STRING,
            "encryptionMethod": STRING,
        },
    ),
    "Glossary": (
        "Referenceable",
        {"displayName": STRING, "description": STRING, "language": STRING, "usage": STRING},
    ),
    "GlossaryTerm": (
        "Referenceable",
        {
            "displayName": STRING,
            "description": STRING,
            "summary": STRING,
            "examples": STRING,
            "abbreviation": STRING,
            "usage": STRING,
        },
    ),
}

RELATIONSHIPS: dict[str, tuple[str, str, dict[str, str]]] = {
    "FolderHierarchy": ("FileFolder", "FileFolder", {}),
    "NestedFile": ("FileFolder", "DataFile", {}),
    "RelatedIntegrationReport": ("OpenMetadataRoot", "IntegrationReport", {}),
    "LinkedFile": ("FileFolder", "DataFile", {}),
    "DataContentForDataSet": ("Asset", "DataSet", {}),
    "AssetSchemaType": ("Asset", "SchemaType", {}),
    "AttributeForSchema": ("ComplexSchemaType", "SchemaAttribute", {}),
    "NestedSchemaAttribute": ("SchemaAttribute", "SchemaAttribute", {}),
    "ForeignKey": (
        "RelationalColumn",
        "RelationalColumn",
        {"name": STRING, "description": STRING, "confidence": INT, "steward": STRING, "source": STRING},
    ),
    "DataFlow": ("Referenceable", "Referenceable", {"qualifiedName": STRING, "description": STRING}),
    "LineageMapping": ("Referenceable", "Referenceable", {"qualifiedName": STRING, "description": STRING}),
    "ConnectionToAsset": ("Connection", "Asset", {"assetSummary": STRING}),
    "ConnectionConnectorType": ("Connection", "ConnectorType", {}),
    "ConnectionEndpoint": ("Endpoint", "Connection", {}),
    "RegisteredIntegrationConnector": (
        "IntegrationGroup",
        "IntegrationConnector",
        {
            "connectorName": STRING,
            "connectorUserId": STRING,
            "metadataSourceQualifiedName": STRING,
            "startDate": DATE,
            "stopTime": DATE,
            "refreshTimeInterval": INT,
        },
    ),
    "CatalogTarget": (
        "IntegrationConnector",
        "Referenceable",
        {
            "catalogTargetName": STRING,
            "connectionName": STRING,
            "metadataSourceQualifiedName": STRING,
            "configurationProperties": MAP,
        },
    ),
    "SemanticAssignment": ("Referenceable", "GlossaryTerm", {"description": STRING, "expression": STRING}),
}

CLASSIFICATIONS: dict[str, dict[str, str]] = {
    "Memento": {
        "archiveDate": DATE,
        "archiveUser": STRING,
        "archiveProcess": STRING,
        "archiveService": STRING,
        "archiveMethod": STRING,
        "archiveProperties": MAP,
    },
    "LatestChange": {},
    "FileSystem": {"format": STRING, "encryption": STRING},
    "DataStoreEncoding": {"encoding": STRING, "language": STRING, "description": STRING, "properties": MAP},
    "TypeEmbeddedAttribute": {"schemaTypeName": STRING, "dataType": STRING, "defaultValue": STRING},
    "PrimaryKey": {"name": STRING},
    "CalculatedValue": {"formula": STRING},
    "SecurityTags": {"securityLabels": ARRAY, "securityProperties": MAP, "accessGroups": MAP},
    "Confidentiality": {
        "statusIdentifier": INT,
        "confidence": INT,
        "steward": STRING,
        "source": STRING,
        "notes": STRING,
        "levelIdentifier": INT,
    },
    "AssetZoneMembership": {"zoneMembership": ARRAY},
    "Ownership": {"owner": STRING, "ownerTypeName": STRING, "ownerPropertyName": STRING},
}

_IDS = {
    "CSVFile": "2ccb2117-9cee-47ca-8150-9b3a543adcec",
    "DataFile": "10752b4a-4b5d-4519-9eae-fdd6d162122f",
    "FileFolder": "229ed5cc-de31-45fc-beb4-9919fd247398",
    "NestedFile": "4cb88900-1446-4eb6-acea-29cd9da45e63",
    "LatestChange": "adce83ac-10f1-4279-8a35-346976e94466",
    "Memento": "ecdcd472-6701-4303-8dec-267bcb54feb9",
}
_VERSIONS = {"DataFile": 2}


def is_entity(name: str) -> bool:
    """True if a type of elements with this name exists."""
    return name in _ENTITIES


def supertypes(name: str) -> list[str]:
    """The types above a type, nearest first."""
    above = []
    while name := _ENTITIES[name][0]:
        above.append(name)
    return above


def is_a(name: str, kind: str) -> bool:
    """True if a type is another type or one of its subtypes."""
    return name == kind or kind in supertypes(name)


def properties_of(name: str) -> dict[str, str]:
    """The properties that elements of a type can have, with their types."""
    return {key: value for each in [*supertypes(name), name] for key, value in _ENTITIES[each][1].items()}


def type_header(name: str) -> dict[str, object]:
    """The type of an instance as headers show it."""
    header: dict[str, object] = {"typeId": _IDS.get(name) or str(uuid5(NAMESPACE_OID, name)), "typeName": name}
    if is_entity(name):
        header["superTypeNames"] = supertypes(name)
    return {**header, "typeVersion": _VERSIONS.get(name, 1), "typeDescription": ""}
