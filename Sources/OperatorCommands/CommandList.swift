import ArgumentParser

/// The commands of `sambung`, in the order of the help page.
enum CommandList {
    static var all: [any ParsableCommand.Type] { cases + review + exchange + device }

    /// Taking cases in and working on them.
    private static let cases: [any ParsableCommand.Type] = []

    /// Bentrok, laporan, tanda terima: ConflictsCommand, ReportCommand, ReceiptCommand.
    private static let review: [any ParsableCommand.Type] = []

    /// Files in and out: ExportCommand, ImportCommand.
    private static let exchange: [any ParsableCommand.Type] = []

    /// The device and its link.
    private static let device: [any ParsableCommand.Type] = []
}
