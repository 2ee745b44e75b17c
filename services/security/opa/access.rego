# Decides whether a group has a permission on an element, from the access groups in open metadata. Query
# data.open_metadata.access.allow with the input
#
#     {"group": "doctors", "permission": "read", "element": "RelationalColumn::...", "parents": [...]}
#
# The nearest element with access groups, of the element and its parents, decides; without one, no group has access. The
# parents of an element that is not in the data, because it has no access groups, are those of the input, nearest first.
package open_metadata.access

default allow := false

allow if {
	not is_unreadable
	input.permission in deciding[0][input.group]
}

elements := data.open_metadata.elements

parents := object.get(elements[input.element], "parents", []) if elements[input.element]

parents := object.get(input, "parents", []) if not elements[input.element]

names := array.concat([input.element], parents)

deciding := [groups | some name in names; groups := elements[name].accessGroups]

is_unreadable if {
	some name in names
	count(elements[name].unreadable) > 0
}
