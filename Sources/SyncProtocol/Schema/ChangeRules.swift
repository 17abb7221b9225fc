extension CollectionSchema {
    /// Whether a change breaks a rule that the schema states, and which; used by client and server alike.
    ///
    /// Fields that this schema does not know pass: a newer schema may have them.
    ///
    /// - Parameter fields: what the change writes.
    /// - Parameter isCreation: whether the change makes the record.
    /// - Returns: the reason and the field at fault, or nil where all is well.
    public func violation(
        of fields: [FieldValue], isCreation: Bool
    ) -> (reason: Refusal.Reason, field: FieldNumber)? {
        for written in fields {
            if written.field == .deleted {
                guard written.value.type == .bool else { return (.wrongType, .deleted) }
                continue
            }
            guard let field = self[written.field] else { continue }
            if !isCreation, field.group != nil {
                for member in unit(of: field.number) where !fields.contains(where: { $0.field == member }) {
                    return (.partOfGroup, member)
                }
            }
            guard let type = written.value.type else {
                if field.isRequired { return (.missingField, field.number) }
                continue
            }
            if type != field.type { return (.wrongType, field.number) }
            if !field.allowed.isEmpty, case .text(let utf8) = written.value.form,
                !field.allowed.contains(where: { $0.utf8.elementsEqual(utf8) })
            {
                return (.notAllowed, field.number)
            }
        }
        if isCreation {
            for field in self.fields where field.isRequired && !fields.contains(where: { $0.field == field.number }) {
                return (.missingField, field.number)
            }
        }
        return nil
    }
}
