extension Seed {
    /// The deadlines, with the regulation that each one follows.
    ///
    /// PermenPANRB 62/2018 was replaced by 5/2025, whose text could not be read: the centre must check the figures
    /// against the official copy, end these rows with `valid_until` and add new ones where they differ.
    public static let deadlineRules: [DeadlineRule] = [
        DeadlineRule(
            key: "verify", stage: .verify, start: .received, amount: 3, regulation: complaints, source: lapor),
        DeadlineRule(
            key: "first-response", stage: .firstResponse, start: .forwarded, amount: 5, regulation: complaints,
            source: lapor),
        DeadlineRule(
            key: "resolve-aspiration", stage: .resolve, caseClass: .aspiration, start: .forwarded, amount: 5,
            regulation: complaints, source: "secondary source; to be checked"),
        DeadlineRule(
            key: "resolve-complaint", stage: .resolve, caseClass: .complaint, start: .forwarded, amount: 14,
            regulation: complaints, source: lapor),
        DeadlineRule(
            key: "resolve-inspection", stage: .resolve, caseClass: .inspectionComplaint, start: .complete, amount: 60,
            regulation: "Perpres 76/2013", source: "60 days from the complete file"),
        DeadlineRule(
            key: "resolve-whistleblowing", stage: .resolve, caseClass: .whistleblowing, start: .complete, amount: 60,
            regulation: "Perpres 76/2013", source: "ours: treated as a complaint with inspection; to be checked"),
        DeadlineRule(
            key: "resolve-information", stage: .resolve, caseClass: .information, start: .received, amount: 10,
            extension: 7, regulation: "UU 14/2008 Art. 22", source: "written notice in 10 working days, once + 7"),
        DeadlineRule(
            key: "proof-of-cover", stage: .proof, start: .admitted, amount: 72, unit: .workingHours,
            regulation: "BPJS", source: "3 x 24 hours on working days, as quoted; or before discharge"),
        DeadlineRule(
            key: "close", stage: .close, start: .answered, amount: 10, regulation: complaints, source: lapor),
    ]

    private static let complaints = "PermenPANRB 62/2018"
    private static let lapor = "LAPOR! FAQ; to be checked against PermenPANRB 5/2025"
}
