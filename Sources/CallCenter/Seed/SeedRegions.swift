extension Seed {
    /// A regency or a city.
    public struct Region: Sendable, Hashable {
        /// The code of the Ministry of Home Affairs (Kemendagri).
        public let code: String
        /// The name.
        public let name: String
        /// The code of the statistics bureau (BPS), which numbers the regions in another order.
        public let bpsCode: String
        /// The three letters of the national standard (BSNI): the code and ticket prefix of its office.
        public let bsniCode: String
        /// The seat of its government; cities have none.
        public let seat: String?
        /// Inhabitants in 2025.
        public let population: Int
    }

    /// An office of the call centre.
    public struct Office: Sendable, Hashable {
        /// The code, which is the ticket prefix of its first device.
        public let code: String
        /// The name.
        public let name: String
        /// The region that it stands in.
        public let region: String
    }

    /// The 15 regencies and cities of Lampung (Kepmendagri 300.2.2-2430/2025).
    public static let regions: [Region] = [
        region("18.01", "Kab. Lampung Selatan", "1803", "KLA", "Kalianda", 1_124_683),
        region("18.02", "Kab. Lampung Tengah", "1805", "GNS", "Gunung Sugih", 1_394_395),
        region("18.03", "Kab. Lampung Utara", "1806", "KTB", "Kotabumi", 675_626),
        region("18.04", "Kab. Lampung Barat", "1801", "LIW", "Liwa", 313_756),
        region("18.05", "Kab. Tulang Bawang", "1808", "MGL", "Menggala", 440_040),
        region("18.06", "Kab. Tanggamus", "1802", "KOT", "Kota Agung", 641_036),
        region("18.07", "Kab. Lampung Timur", "1804", "SDN", "Sukadana", 1_122_605),
        region("18.08", "Kab. Way Kanan", "1807", "BBU", "Blambangan Umpu", 495_058),
        region("18.09", "Kab. Pesawaran", "1809", "GDT", "Gedong Tataan", 501_047),
        region("18.10", "Kab. Pringsewu", "1810", "PRW", "Pringsewu", 444_834),
        region("18.11", "Kab. Mesuji", "1811", "MSJ", "Mesuji", 241_280),
        region("18.12", "Kab. Tulang Bawang Barat", "1812", "TWG", "Tulang Bawang Tengah", 312_516),
        region("18.13", "Kab. Pesisir Barat", "1813", "KRU", "Krui", 177_430),
        region("18.71", "Kota Bandar Lampung", "1871", "BDL", nil, 1_077_664),
        region("18.72", "Kota Metro", "1872", "MET", nil, 182_293),
    ]

    /// The province's own office, and one in each region.
    public static let offices: [Office] =
        [Office(code: "LPG", name: "Pusat Panggilan Provinsi Lampung", region: "18.71")]
        + regions.map { Office(code: $0.bsniCode, name: "Kantor \($0.name)", region: $0.code) }

    private static func region(
        _ code: String, _ name: String, _ bps: String, _ bsni: String, _ seat: String?, _ population: Int
    ) -> Region {
        Region(code: code, name: name, bpsCode: bps, bsniCode: bsni, seat: seat, population: population)
    }
}
