import CommandFrame
import Testing

@testable import OperatorCommands

@Suite("The receipt")
struct ReceiptTests {
    private static let file = """
        title,class,channel,category,agency,received_at,forwarded_at,reporter_name,anonim
        "Pasien perlu BPJS, sudah tiga hari dirawat dan keluarga tidak sanggup membayar biayanya",aspirasi,telepon,health,DINKES,23/12/2021 09.00,23/12/2021 10.00,Siti Aminah,\n
        """

    @Test func itHoldsWhatTheLawAsksFor() async throws {
        let province = try Province()
        #expect(try await province.run("LIW", ["import", try province.file("a.csv", Self.file)]).status == .done)
        let receipt = try await province.run("LIW", ["tanda-terima", "LIW-22-000001"], language: "id_ID.UTF-8")
        #expect(receipt.status == .done, "\(receipt.errors)")
        for text in [
            "TANDA TERIMA", "LIW-22-000001", "Kamis, 23 Desember 2021 09.00 WIB", "Kantor Kab. Lampung Barat",
            "tester LIW",
            "Siti Aminah", "Pasien perlu BPJS", "Kamis, 30 Desember 2021", "0811 790 5000",
        ] {
            #expect(receipt.output.contains(text), "\(text)")
        }
        #expect(receipt.output.split(separator: "\n").allSatisfy { $0.count <= 64 })
        let json = try await province.run("LIW", ["receipt", "1", "--json"])
        #expect(json.output.contains("\"due_at\":\"2021-12-30T16:59:59.999Z\""))
    }

    @Test func whoeverWantsToStayUnknownIsNotNamed() async throws {
        let province = try Province()
        let text = "title,class,channel,reporter_name,anonymous\nX,aspirasi,web,Siti Aminah,ya\n"
        #expect(try await province.run("LIW", ["import", try province.file("a.csv", text)]).status == .done)
        let receipt = try await province.run("LIW", ["receipt", "1"])
        #expect(receipt.output.contains("anonymous"))
        #expect(!receipt.output.contains("Siti"))
    }
}
