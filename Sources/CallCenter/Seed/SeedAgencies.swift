extension Seed {
    /// An agency of the province (*perangkat daerah*).
    public struct Agency: Sendable, Hashable {
        /// A short code of ours.
        public let code: String
        /// The name.
        public let name: String
    }

    /// A field of complaint.
    public struct Category: Sendable, Hashable {
        /// The key that cases store.
        public let key: String
        /// The Indonesian name.
        public let name: String
        /// The English name.
        public let nameEnglish: String
    }

    /// The fields of complaint that the province's yearly figures name.
    public static let categories: [Category] = [
        Category(key: "health", name: "kesehatan", nameEnglish: "health"),
        Category(key: "social", name: "sosial", nameEnglish: "social affairs"),
        Category(key: "infrastructure", name: "infrastruktur", nameEnglish: "infrastructure"),
        Category(key: "education", name: "pendidikan", nameEnglish: "education"),
        Category(key: "agriculture", name: "pertanian", nameEnglish: "agriculture"),
        Category(key: "tourism", name: "pariwisata", nameEnglish: "tourism"),
        Category(key: "livestock", name: "peternakan", nameEnglish: "livestock"),
        Category(key: "other", name: "lainnya", nameEnglish: "other"),
    ]

    /// The field of complaint that an operator typed: its key or its name in either language.
    public static func category(typed text: String) -> Category? {
        let wanted = text.lowercased()
        return categories.first { [$0.key, $0.name, $0.nameEnglish].contains(wanted) }
    }

    /// Some forty agencies, to begin with.
    ///
    /// The list and the codes are ours, put together from the usual agencies of a province; no official list was at hand.
    /// The centre corrects it before the first case is passed on.
    public static let agencies: [Agency] = [
        Agency(code: "DINKES", name: "Dinas Kesehatan"),
        Agency(code: "DINSOS", name: "Dinas Sosial"),
        Agency(code: "BMBK", name: "Dinas Bina Marga dan Bina Konstruksi"),
        Agency(code: "DISDIKBUD", name: "Dinas Pendidikan dan Kebudayaan"),
        Agency(code: "DKPTPH", name: "Dinas Ketahanan Pangan, Tanaman Pangan dan Hortikultura"),
        Agency(code: "DISPAREKRAF", name: "Dinas Pariwisata dan Ekonomi Kreatif"),
        Agency(code: "DISBUNNAK", name: "Dinas Perkebunan dan Peternakan"),
        Agency(code: "DISKOMINFO", name: "Dinas Kominfo dan Statistik"),
        Agency(code: "DPSDA", name: "Dinas Pengelolaan Sumber Daya Air"),
        Agency(code: "DPKPCK", name: "Dinas Perumahan, Kawasan Permukiman dan Cipta Karya"),
        Agency(code: "DISHUB", name: "Dinas Perhubungan"),
        Agency(code: "DISHUT", name: "Dinas Kehutanan"),
        Agency(code: "DLH", name: "Dinas Lingkungan Hidup"),
        Agency(code: "DKP", name: "Dinas Kelautan dan Perikanan"),
        Agency(code: "DESDM", name: "Dinas Energi dan Sumber Daya Mineral"),
        Agency(code: "DISPERINDAG", name: "Dinas Perindustrian dan Perdagangan"),
        Agency(code: "DISKOPUKM", name: "Dinas Koperasi, Usaha Kecil dan Menengah"),
        Agency(code: "DISNAKER", name: "Dinas Tenaga Kerja"),
        Agency(code: "DPMPTSP", name: "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu"),
        Agency(code: "DPMDT", name: "Dinas Pemberdayaan Masyarakat, Desa dan Transmigrasi"),
        Agency(code: "DP3A", name: "Dinas Pemberdayaan Perempuan dan Perlindungan Anak"),
        Agency(code: "DISDUKCAPIL", name: "Dinas Kependudukan dan Pencatatan Sipil"),
        Agency(code: "DISPORA", name: "Dinas Pemuda dan Olahraga"),
        Agency(code: "DISPUSIP", name: "Dinas Perpustakaan dan Kearsipan"),
        Agency(code: "SATPOLPP", name: "Satuan Polisi Pamong Praja"),
        Agency(code: "BPBD", name: "Badan Penanggulangan Bencana Daerah"),
        Agency(code: "BAPPEDA", name: "Badan Perencanaan Pembangunan Daerah"),
        Agency(code: "BAPENDA", name: "Badan Pendapatan Daerah"),
        Agency(code: "BPKAD", name: "Badan Pengelolaan Keuangan dan Aset Daerah"),
        Agency(code: "BKD", name: "Badan Kepegawaian Daerah"),
        Agency(code: "BPSDM", name: "Badan Pengembangan Sumber Daya Manusia"),
        Agency(code: "BALITBANG", name: "Badan Penelitian dan Pengembangan Daerah"),
        Agency(code: "KESBANGPOL", name: "Badan Kesatuan Bangsa dan Politik"),
        Agency(code: "BPENGHUBUNG", name: "Badan Penghubung"),
        Agency(code: "INSPEKTORAT", name: "Inspektorat"),
        Agency(code: "SETDA", name: "Sekretariat Daerah"),
        Agency(code: "SETWAN", name: "Sekretariat DPRD"),
        Agency(code: "BIROKESRA", name: "Biro Kesejahteraan Rakyat"),
        Agency(code: "RSUDAM", name: "RSUD Dr. H. Abdul Moeloek"),
        Agency(code: "RSJ", name: "Rumah Sakit Jiwa Daerah"),
    ]
}
