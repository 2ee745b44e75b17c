"""The relationship types, and the types that they link."""

import msgspec


class RelationshipType(msgspec.Struct, frozen=True):
    """A relationship type. The type of an end includes all its subtypes."""

    name: str
    end1: str
    end2: str
    meaning: str


RELATIONSHIPS = {
    kind.name: kind
    for kind in (
        RelationshipType("FolderHierarchy", "FileFolder", "FileFolder", "end 1 is the folder that end 2 lies in"),
        RelationshipType("NestedFile", "FileFolder", "DataFile", "end 1 is the folder that end 2 lies in"),
        RelationshipType("LinkedFile", "FileFolder", "DataFile", "end 1 has a link to end 2"),
        RelationshipType("DataSetContent", "DataAsset", "DataSet", "end 1 holds the data of end 2"),
        RelationshipType("Schema", "Asset", "SchemaType", "end 2 is the structure of end 1"),
        RelationshipType("AttributeForSchema", "SchemaType", "SchemaAttribute", "end 2 is an attribute of end 1"),
        RelationshipType("NestedSchemaAttribute", "SchemaAttribute", "SchemaAttribute", "end 2 is a part of end 1"),
        RelationshipType("SchemaTypeOption", "SchemaType", "SchemaType", "end 1 allows the structure end 2"),
        RelationshipType("APIOperations", "APISchemaType", "APIOperation", "end 2 is an operation of end 1"),
        RelationshipType("ForeignKey", "RelationalColumn", "RelationalColumn", "end 2 refers to the key end 1"),
        RelationshipType("DataFlow", "Referenceable", "Referenceable", "data flows from end 1 to end 2"),
        RelationshipType("ControlFlow", "Referenceable", "Referenceable", "end 2 runs after end 1"),
        RelationshipType("ProcessCall", "Referenceable", "Referenceable", "end 1 calls end 2"),
        RelationshipType("LineageMapping", "Referenceable", "Referenceable", "end 2 is made from end 1"),
        RelationshipType("ProcessHierarchy", "Process", "Process", "end 2 is a part of end 1"),
        RelationshipType("TermAnchor", "Glossary", "GlossaryTerm", "end 2 belongs to end 1"),
        RelationshipType("CategoryAnchor", "Glossary", "GlossaryCategory", "end 2 belongs to end 1"),
        RelationshipType("CategoryHierarchyLink", "GlossaryCategory", "GlossaryCategory", "end 2 is below end 1"),
        RelationshipType("TermCategorization", "GlossaryCategory", "GlossaryTerm", "end 2 is filed under end 1"),
        RelationshipType("SemanticAssignment", "Referenceable", "GlossaryTerm", "end 2 is the meaning of end 1"),
        RelationshipType("ExternalIdLink", "Referenceable", "ExternalId", "end 2 is a third party's name of end 1"),
        RelationshipType("ProfileIdentity", "UserIdentity", "ActorProfile", "end 1 is an identity of end 2"),
        RelationshipType("TeamStructure", "Team", "Team", "end 2 is a part of end 1"),
        RelationshipType("TeamMembership", "TeamMember", "Team", "end 1 is the role of the members of end 2"),
        RelationshipType("TeamLeadership", "TeamLeader", "Team", "end 1 is the role of the leaders of end 2"),
        RelationshipType("PersonRoleAppointment", "Person", "PersonRole", "end 1 is appointed to end 2"),
        RelationshipType("ContactThrough", "ActorProfile", "ContactDetails", "end 2 is a way to reach end 1"),
        RelationshipType("Contributor", "ActorProfile", "ContributionRecord", "end 2 tells what end 1 contributed"),
        RelationshipType("SupportedSoftwareCapability", "SoftwareServer", "SoftwareCapability", "end 2 runs on end 1"),
        RelationshipType("CapabilityAssetUse", "SoftwareCapability", "Asset", "end 1 manages or uses end 2"),
        RelationshipType("ConnectionToAsset", "Connection", "Asset", "end 1 leads to end 2"),
        RelationshipType("AssetConnection", "Asset", "Connection", "end 2 leads to end 1"),
        RelationshipType("ConnectionConnectorType", "Connection", "ConnectorType", "end 2 is the class of end 1"),
        RelationshipType("ConnectionEndpoint", "Endpoint", "Connection", "end 1 is where end 2 leads"),
        RelationshipType("ConnectToEndpoint", "Connection", "Endpoint", "end 2 is where end 1 leads"),
        RelationshipType(
            "RegisteredIntegrationConnector", "IntegrationGroup", "IntegrationConnector", "end 2 runs in end 1"
        ),
        RelationshipType("CatalogTarget", "IntegrationConnector", "OpenMetadataRoot", "end 1 works for end 2"),
        RelationshipType(
            "RelatedIntegrationReport", "OpenMetadataRoot", "IntegrationReport", "end 2 tells what changed at end 1"
        ),
        RelationshipType("AssociatedSecurityGroup", "Referenceable", "SecurityGroup", "end 2 has access to end 1"),
    )
}
