"""The kinds of elements that routes of Egeria 4 present as beans."""

import msgspec

from services.metadata.egeria.kind import Kind

DATABASE_STRUCTURE = "RelationalDBSchemaType"
_DESCRIBED = {"displayName": "displayName", "description": "description"}
_ASSET = {
    **_DESCRIBED,
    "versionIdentifier": "versionIdentifier",
    "deployedImplementationType": "deployedImplementationType",
}
_SCHEMA_TYPE = {
    **_DESCRIBED,
    "isDeprecated": "deprecated",
    "versionNumber": "versionNumber",
    "author": "author",
    "usage": "usage",
    "encodingStandard": "encodingStandard",
    "namespace": "namespace",
}
_ATTRIBUTE = {
    **_DESCRIBED,
    "isDeprecated": "deprecated",
    "elementPosition": "elementPosition",
    "minCardinality": "minCardinality",
    "maxCardinality": "maxCardinality",
    "allowsDuplicateValues": "allowsDuplicateValues",
    "orderedValues": "orderedValues",
    "sortOrder": "sortOrder",
    "defaultValueOverride": "defaultValueOverride",
    "minimumLength": "minimumLength",
    "length": "length",
    "precision": "precision",
    "significantDigits": "significantDigits",
    "isNullable": "nullable",
    "nativeClass": "nativeJavaClass",
    "aliases": "aliases",
}
_PROFILE = {"displayName": "knownName", "description": "description"}

DATABASE = Kind(
    type_name="Database",
    bean="DatabaseProperties",
    properties={
        **_ASSET,
        "pathName": "pathName",
        "storeCreateTime": "createTime",
        "storeUpdateTime": "modifiedTime",
        "deployedImplementationType": "databaseType",
        "databaseVersion": "databaseVersion",
        "instance": "databaseInstance",
        "importedFrom": "databaseImportedFrom",
    },
)
SCHEMA = Kind(
    type_name="DeployedDatabaseSchema",
    bean="DatabaseSchemaProperties",
    properties=_ASSET,
    parents=("Database",),
    relationship="DataSetContent",
)
TABLE = Kind(
    type_name="RelationalTable",
    bean="DatabaseTableProperties",
    properties=_ATTRIBUTE,
    parents=("Database", "DeployedDatabaseSchema", DATABASE_STRUCTURE),
    structure=DATABASE_STRUCTURE,
    relationship="AttributeForSchema",
    embedded_type="RelationalTableType",
)
VIEW = msgspec.structs.replace(TABLE, bean="DatabaseViewProperties", is_view=True)
COLUMN = Kind(
    type_name="RelationalColumn",
    bean="DatabaseColumnProperties",
    properties={**_ATTRIBUTE, "dataType": "dataType"},
    parents=("RelationalTable",),
    relationship="NestedSchemaAttribute",
    embedded_type="RelationalColumnType",
)
STRUCTURE = Kind(type_name=DATABASE_STRUCTURE, bean="SchemaTypeProperties", properties=_ATTRIBUTE)

PROCESS = Kind(
    type_name="Process",
    bean="ProcessProperties",
    properties={**_ASSET, "formula": "formula", "implementationLanguage": "implementationLanguage"},
)
GLOSSARY = Kind(
    type_name="Glossary",
    bean="GlossaryProperties",
    properties={**_DESCRIBED, "language": "language", "usage": "usage"},
)
CATEGORY = Kind(
    type_name="GlossaryCategory",
    bean="GlossaryCategoryProperties",
    properties=_DESCRIBED,
    parents=("Glossary",),
    relationship="CategoryAnchor",
)
TERM = Kind(
    type_name="GlossaryTerm",
    bean="GlossaryTermProperties",
    properties={
        **_DESCRIBED,
        "summary": "summary",
        "examples": "examples",
        "abbreviation": "abbreviation",
        "usage": "usage",
    },
    parents=("Glossary",),
    relationship="TermAnchor",
)

TOPIC = Kind(
    type_name="Topic", bean="TopicProperties", key="properties", properties={**_ASSET, "topicType": "topicType"}
)
EVENT_TYPE = Kind(
    type_name="EventType",
    bean="EventTypeProperties",
    key="properties",
    properties=_SCHEMA_TYPE,
    parents=("Topic",),
    structure="EventTypeList",
    relationship="SchemaTypeOption",
)
FORM = Kind(type_name="Form", bean="FormProperties", key="properties", properties=_ASSET)
REPORT = Kind(
    type_name="DeployedReport",
    bean="ReportProperties",
    key="properties",
    properties={
        **_ASSET,
        "id": "id",
        "author": "author",
        "url": "url",
        "createdTime": "createTime",
        "lastModifiedTime": "lastModifiedTime",
        "lastModifier": "lastModifier",
    },
)
QUERY = Kind(type_name="InformationView", bean="QueryProperties", key="properties", properties=_ASSET)
API = Kind(type_name="DeployedAPI", bean="APIProperties", key="apiproperties", properties=_ASSET)
API_OPERATION = Kind(
    type_name="APIOperation",
    bean="APIOperationProperties",
    key="properties",
    properties={**_SCHEMA_TYPE, "path": "path", "command": "command"},
    parents=("DeployedAPI",),
    structure="APISchemaType",
    relationship="APIOperations",
)

SECURITY_GROUP = Kind(
    type_name="SecurityGroup",
    bean="SecurityGroupProperties",
    key="properties",
    unique="documentIdentifier",
    names=("displayName", "distinguishedName"),
    properties={
        "documentIdentifier": "documentIdentifier",
        "displayName": "title",
        "description": "description",
        "summary": "summary",
        "scope": "scope",
        "domainIdentifier": "domainIdentifier",
        "priority": "priority",
        "implications": "implications",
        "outcomes": "outcomes",
        "results": "results",
        "distinguishedName": "distinguishedName",
    },
)
USER_IDENTITY = Kind(
    type_name="UserIdentity",
    bean="UserIdentityProperties",
    key="properties",
    names=("userId", "distinguishedName"),
    properties={**_DESCRIBED, "userId": "userId", "distinguishedName": "distinguishedName"},
)
_PERSON = Kind(
    type_name="Person",
    bean="PersonalProfileProperties",
    key="profileProperties",
    properties={
        **_PROFILE,
        "initials": "initials",
        "givenNames": "givenNames",
        "surname": "surname",
        "fullName": "fullName",
        "pronouns": "pronouns",
        "jobTitle": "jobTitle",
        "employeeNumber": "employeeNumber",
        "employeeType": "employeeType",
        "preferredLanguage": "preferredLanguage",
        "isPublic": "isPublic",
    },
)
_TEAM = Kind(
    type_name="Team",
    bean="TeamProfileProperties",
    key="profileProperties",
    properties={**_PROFILE, "teamType": "teamType"},
)
PROFILE = Kind(
    type_name="ActorProfile",
    bean="ActorProfileProperties",
    key="profileProperties",
    names=("displayName", "fullName"),
    properties=_PROFILE,
    variants=(_PERSON, _TEAM),
)
PERSON_ROLE = Kind(
    type_name="PersonRole",
    bean="PersonRoleProperties",
    key="properties",
    properties={
        "displayName": "title",
        "description": "description",
        "identifier": "roleId",
        "scope": "scope",
        "domainIdentifier": "domainIdentifier",
        "headCount": "headCount",
    },
)
CONTACT_METHOD = Kind(
    type_name="ContactDetails",
    bean="ContactMethodProperties",
    key="properties",
    properties={
        "displayName": "name",
        "contactType": "contactType",
        "contactMethodType": "contactMethodType",
        "contactMethodService": "contactMethodService",
        "contactMethodValue": "contactMethodValue",
    },
    parents=("ActorProfile",),
    relationship="ContactThrough",
)
INTEGRATION_REPORT = Kind(
    type_name="IntegrationReport",
    bean="IntegrationReportProperties",
    key="properties",
    relationship="RelatedIntegrationReport",
    properties={
        name: name
        for name in (
            "serverName",
            "connectorId",
            "connectorName",
            "refreshStartDate",
            "refreshCompletionDate",
            "createdElements",
            "updatedElements",
            "deletedElements",
        )
    },
)
