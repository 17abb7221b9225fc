extension CollectionSchema {
    /// Why a change is refused, and for which field.
    public typealias Violation = (reason: Refusal.Reason, field: FieldNumber)

    /// Whether a change breaks a rule that the schema states, and which; used by client and server alike.
    ///
    /// Fields that this schema does not know pass: a newer schema may have them.
    ///
    /// - Parameter fields: what the change writes.
    /// - Parameter isCreation: whether the change makes the record.
    /// - Returns: the reason and the field at fault, or nil where all is well.
    public func violation(of fields: FieldMap, isCreation: Bool) -> Violation? {
        var found: Violation?
        fields.visit { number, value in
            if found == nil { found = violation(number, value, in: fields, isCreation: isCreation) }
        }
        if found == nil, isCreation {
            for field in required where !fields.names(field) { return (.missingField, field) }
        }
        return found
    }

    private func violation(
        _ number: FieldNumber, _ value: BorrowedValue, in fields: FieldMap, isCreation: Bool
    ) -> Violation? {
        if number == .deleted { return value.type == .bool ? nil : (.wrongType, .deleted) }
        guard let field = self[number] else { return nil }
        if !isCreation, field.group != nil {
            for member in unit(of: number) where !fields.names(member) { return (.partOfGroup, member) }
        }
        guard let type = value.type else { return field.isRequired ? (.missingField, number) : nil }
        if type != field.type { return (.wrongType, number) }
        if case .text(let utf8) = value.form, !field.allows(utf8) { return (.notAllowed, number) }
        return nil
    }
}
