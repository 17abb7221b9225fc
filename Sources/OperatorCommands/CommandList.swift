import ArgumentParser

/// The commands of `sambung`, in the order of the help page.
enum CommandList {
    static var all: [any ParsableCommand.Type] { cases + review + exchange + device }

    /// Taking cases in and working on them.
    private static let cases: [any ParsableCommand.Type] = [
        NewCommand.self, ListCommand.self, ShowCommand.self, SearchCommand.self, EditCommand.self, NoteCommand.self,
        AssignCommand.self, AnswerCommand.self, CloseCommand.self, ReopenCommand.self, DeleteCommand.self,
        UndeleteCommand.self, UndoCommand.self,
    ]

    /// What needs another look, and what is owed.
    private static let review: [any ParsableCommand.Type] = [
        ConflictsCommand.self, ReportCommand.self, ReceiptCommand.self,
    ]

    /// Files in and out.
    private static let exchange: [any ParsableCommand.Type] = [ExportCommand.self, ImportCommand.self]

    /// The device and its link.
    private static let device: [any ParsableCommand.Type] = [
        EnrolCommand.self, SyncCommand.self, StatusCommand.self, ResendCommand.self, DiscardCommand.self,
        VerifyCommand.self,
    ]
}
