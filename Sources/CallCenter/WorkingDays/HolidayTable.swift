/// National holidays and joint leave of Indonesia from 2021 to 2027, one a line.
///
/// Written by `tools/make-holidays` from the PyPI package `holidays` 0.109 (MIT licence); make changes there. The
/// holidays of an installation are the records of its collection `holiday`, which start as this table.
enum HolidayTable {
    /// In the order of the dates, parted by `|`: date, kind, name in Indonesian, name in English.
    static let text = """
        2021-01-01|public|Tahun Baru Masehi|New Year's Day
        2021-02-12|public|Tahun Baru Imlek|Lunar New Year
        2021-03-11|public|Isra Mikraj Nabi Muhammad|Isra' and Mi'raj
        2021-03-14|public|Hari Suci Nyepi|Day of Silence
        2021-04-02|public|Wafat Yesus Kristus|Good Friday
        2021-05-01|public|Hari Buruh Internasional|International Labor Day
        2021-05-12|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2021-05-13|public|Hari Raya Idul Fitri; Kenaikan Yesus Kristus|Ascension Day; Eid al-Fitr
        2021-05-14|public|Hari kedua dari Hari Raya Idul Fitri|Eid al-Fitr Second Day
        2021-05-26|public|Hari Raya Waisak|Vesak Day
        2021-06-01|public|Hari Lahir Pancasila|Pancasila Day
        2021-07-20|public|Hari Raya Idul Adha|Eid al-Adha
        2021-08-11|public|Tahun Baru Islam|Islamic New Year
        2021-08-17|public|Hari Kemerdekaan Republik Indonesia|Independence Day
        2021-10-20|public|Maulid Nabi Muhammad|Prophet's Birthday
        2021-12-25|public|Hari Raya Natal|Christmas Day
        2022-01-01|public|Tahun Baru Masehi|New Year's Day
        2022-02-01|public|Tahun Baru Imlek|Lunar New Year
        2022-02-28|public|Isra Mikraj Nabi Muhammad|Isra' and Mi'raj
        2022-03-03|public|Hari Suci Nyepi|Day of Silence
        2022-04-15|public|Wafat Yesus Kristus|Good Friday
        2022-04-29|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2022-05-01|public|Hari Buruh Internasional|International Labor Day
        2022-05-02|public|Hari Raya Idul Fitri|Eid al-Fitr
        2022-05-03|public|Hari kedua dari Hari Raya Idul Fitri|Eid al-Fitr Second Day
        2022-05-04|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2022-05-05|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2022-05-06|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2022-05-16|public|Hari Raya Waisak|Vesak Day
        2022-05-26|public|Kenaikan Yesus Kristus|Ascension Day
        2022-06-01|public|Hari Lahir Pancasila|Pancasila Day
        2022-07-10|public|Hari Raya Idul Adha|Eid al-Adha
        2022-07-30|public|Tahun Baru Islam|Islamic New Year
        2022-08-17|public|Hari Kemerdekaan Republik Indonesia|Independence Day
        2022-10-08|public|Maulid Nabi Muhammad|Prophet's Birthday
        2022-12-25|public|Hari Raya Natal|Christmas Day
        2023-01-01|public|Tahun Baru Masehi|New Year's Day
        2023-01-22|public|Tahun Baru Imlek|Lunar New Year
        2023-01-23|joint_leave|Cuti Bersama Tahun Baru Imlek|Lunar New Year Joint Holiday
        2023-02-18|public|Isra Mikraj Nabi Muhammad|Isra' and Mi'raj
        2023-03-22|public|Hari Suci Nyepi|Day of Silence
        2023-03-23|joint_leave|Cuti Bersama Hari Suci Nyepi|Day of Silence Joint Holiday
        2023-04-07|public|Wafat Yesus Kristus|Good Friday
        2023-04-19|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2023-04-20|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2023-04-21|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2023-04-22|public|Hari Raya Idul Fitri|Eid al-Fitr
        2023-04-23|public|Hari kedua dari Hari Raya Idul Fitri|Eid al-Fitr Second Day
        2023-04-24|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2023-04-25|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2023-05-01|public|Hari Buruh Internasional|International Labor Day
        2023-05-18|public|Kenaikan Yesus Kristus|Ascension Day
        2023-06-01|public|Hari Lahir Pancasila|Pancasila Day
        2023-06-02|joint_leave|Cuti Bersama Hari Raya Waisak|Vesak Joint Holiday
        2023-06-04|public|Hari Raya Waisak|Vesak Day
        2023-06-28|joint_leave|Cuti Bersama Hari Raya Idul Adha|Eid al-Adha Joint Holiday
        2023-06-29|public|Hari Raya Idul Adha|Eid al-Adha
        2023-06-30|joint_leave|Cuti Bersama Hari Raya Idul Adha|Eid al-Adha Joint Holiday
        2023-07-19|public|Tahun Baru Islam|Islamic New Year
        2023-08-17|public|Hari Kemerdekaan Republik Indonesia|Independence Day
        2023-09-28|public|Maulid Nabi Muhammad|Prophet's Birthday
        2023-12-25|public|Hari Raya Natal|Christmas Day
        2023-12-26|joint_leave|Cuti Bersama Hari Raya Natal|Christmas Joint Holiday
        2024-01-01|public|Tahun Baru Masehi|New Year's Day
        2024-02-08|public|Isra Mikraj Nabi Muhammad|Isra' and Mi'raj
        2024-02-09|joint_leave|Cuti Bersama Tahun Baru Imlek|Lunar New Year Joint Holiday
        2024-02-10|public|Tahun Baru Imlek|Lunar New Year
        2024-02-14|public|Hari Pemilihan Umum|General Election Day
        2024-03-11|public|Hari Suci Nyepi|Day of Silence
        2024-03-12|joint_leave|Cuti Bersama Hari Suci Nyepi|Day of Silence Joint Holiday
        2024-03-29|public|Wafat Yesus Kristus|Good Friday
        2024-03-31|public|Kebangkitan Yesus Kristus|Easter Sunday
        2024-04-08|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2024-04-09|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2024-04-10|public|Hari Raya Idul Fitri|Eid al-Fitr
        2024-04-11|public|Hari kedua dari Hari Raya Idul Fitri|Eid al-Fitr Second Day
        2024-04-12|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2024-04-15|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2024-05-01|public|Hari Buruh Internasional|International Labor Day
        2024-05-09|public|Kenaikan Yesus Kristus|Ascension Day
        2024-05-10|joint_leave|Cuti Bersama Kenaikan Yesus Kristus|Ascension Joint Holiday
        2024-05-23|public|Hari Raya Waisak|Vesak Day
        2024-05-24|joint_leave|Cuti Bersama Hari Raya Waisak|Vesak Joint Holiday
        2024-06-01|public|Hari Lahir Pancasila|Pancasila Day
        2024-06-17|public|Hari Raya Idul Adha|Eid al-Adha
        2024-06-18|joint_leave|Cuti Bersama Hari Raya Idul Adha|Eid al-Adha Joint Holiday
        2024-07-07|public|Tahun Baru Islam|Islamic New Year
        2024-08-17|public|Hari Kemerdekaan Republik Indonesia|Independence Day
        2024-09-16|public|Maulid Nabi Muhammad|Prophet's Birthday
        2024-11-27|public|Hari Pemilihan Kepala Daerah|Local Election Day
        2024-12-25|public|Hari Raya Natal|Christmas Day
        2024-12-26|joint_leave|Cuti Bersama Hari Raya Natal|Christmas Joint Holiday
        2025-01-01|public|Tahun Baru Masehi|New Year's Day
        2025-01-27|public|Isra Mikraj Nabi Muhammad|Isra' and Mi'raj
        2025-01-28|joint_leave|Cuti Bersama Tahun Baru Imlek|Lunar New Year Joint Holiday
        2025-01-29|public|Tahun Baru Imlek|Lunar New Year
        2025-03-28|joint_leave|Cuti Bersama Hari Suci Nyepi|Day of Silence Joint Holiday
        2025-03-29|public|Hari Suci Nyepi|Day of Silence
        2025-03-31|public|Hari Raya Idul Fitri|Eid al-Fitr
        2025-04-01|public|Hari kedua dari Hari Raya Idul Fitri|Eid al-Fitr Second Day
        2025-04-02|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2025-04-03|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2025-04-04|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2025-04-07|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2025-04-18|public|Wafat Yesus Kristus|Good Friday
        2025-04-20|public|Kebangkitan Yesus Kristus|Easter Sunday
        2025-05-01|public|Hari Buruh Internasional|International Labor Day
        2025-05-12|public|Hari Raya Waisak|Vesak Day
        2025-05-13|joint_leave|Cuti Bersama Hari Raya Waisak|Vesak Joint Holiday
        2025-05-29|public|Kenaikan Yesus Kristus|Ascension Day
        2025-05-30|joint_leave|Cuti Bersama Kenaikan Yesus Kristus|Ascension Joint Holiday
        2025-06-01|public|Hari Lahir Pancasila|Pancasila Day
        2025-06-06|public|Hari Raya Idul Adha|Eid al-Adha
        2025-06-09|joint_leave|Cuti Bersama Hari Raya Idul Adha|Eid al-Adha Joint Holiday
        2025-06-27|public|Tahun Baru Islam|Islamic New Year
        2025-08-17|public|Hari Kemerdekaan Republik Indonesia|Independence Day
        2025-08-18|joint_leave|Cuti Bersama Hari Kemerdekaan Republik Indonesia|Independence Day Joint Holiday
        2025-09-05|public|Maulid Nabi Muhammad|Prophet's Birthday
        2025-12-25|public|Hari Raya Natal|Christmas Day
        2025-12-26|joint_leave|Cuti Bersama Hari Raya Natal|Christmas Joint Holiday
        2026-01-01|public|Tahun Baru Masehi|New Year's Day
        2026-01-16|public|Isra Mikraj Nabi Muhammad|Isra' and Mi'raj
        2026-02-16|joint_leave|Cuti Bersama Tahun Baru Imlek|Lunar New Year Joint Holiday
        2026-02-17|public|Tahun Baru Imlek|Lunar New Year
        2026-03-18|joint_leave|Cuti Bersama Hari Suci Nyepi|Day of Silence Joint Holiday
        2026-03-19|public|Hari Suci Nyepi|Day of Silence
        2026-03-20|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2026-03-21|public|Hari Raya Idul Fitri|Eid al-Fitr
        2026-03-22|public|Hari kedua dari Hari Raya Idul Fitri|Eid al-Fitr Second Day
        2026-03-23|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2026-03-24|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2026-04-03|public|Wafat Yesus Kristus|Good Friday
        2026-04-05|public|Kebangkitan Yesus Kristus|Easter Sunday
        2026-05-01|public|Hari Buruh Internasional|International Labor Day
        2026-05-14|public|Kenaikan Yesus Kristus|Ascension Day
        2026-05-15|joint_leave|Cuti Bersama Kenaikan Yesus Kristus|Ascension Joint Holiday
        2026-05-27|public|Hari Raya Idul Adha|Eid al-Adha
        2026-05-28|joint_leave|Cuti Bersama Hari Raya Idul Adha|Eid al-Adha Joint Holiday
        2026-05-31|public|Hari Raya Waisak|Vesak Day
        2026-06-01|public|Hari Lahir Pancasila|Pancasila Day
        2026-06-16|public|Tahun Baru Islam|Islamic New Year
        2026-08-17|public|Hari Kemerdekaan Republik Indonesia|Independence Day
        2026-08-25|public|Maulid Nabi Muhammad|Prophet's Birthday
        2026-12-24|joint_leave|Cuti Bersama Hari Raya Natal|Christmas Joint Holiday
        2026-12-25|public|Hari Raya Natal|Christmas Day
        2027-01-01|public|Tahun Baru Masehi|New Year's Day
        2027-01-05|public|Isra Mikraj Nabi Muhammad|Isra' and Mi'raj
        2027-02-05|joint_leave|Cuti Bersama Tahun Baru Imlek|Lunar New Year Joint Holiday
        2027-02-06|public|Tahun Baru Imlek|Lunar New Year
        2027-03-08|public|Hari Suci Nyepi|Day of Silence
        2027-03-09|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2027-03-10|public|Hari Raya Idul Fitri (perkiraan)|Eid al-Fitr (estimated)
        2027-03-11|public|Hari kedua dari Hari Raya Idul Fitri (perkiraan)|Eid al-Fitr Second Day (estimated)
        2027-03-12|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2027-03-15|joint_leave|Cuti Bersama Hari Raya Idul Fitri|Eid al-Fitr Joint Holiday
        2027-03-25|joint_leave|Cuti Bersama Wafat Yesus Kristus|Good Friday Joint Holiday
        2027-03-26|public|Wafat Yesus Kristus|Good Friday
        2027-03-28|public|Kebangkitan Yesus Kristus|Easter Sunday
        2027-05-01|public|Hari Buruh Internasional|International Labor Day
        2027-05-06|public|Kenaikan Yesus Kristus|Ascension Day
        2027-05-17|public|Hari Raya Idul Adha (perkiraan)|Eid al-Adha (estimated)
        2027-05-18|joint_leave|Cuti Bersama Hari Raya Idul Adha|Eid al-Adha Joint Holiday
        2027-05-19|joint_leave|Cuti Bersama Hari Raya Waisak|Vesak Joint Holiday
        2027-05-20|public|Hari Raya Waisak|Vesak Day
        2027-06-01|public|Hari Lahir Pancasila|Pancasila Day
        2027-06-06|public|Tahun Baru Islam|Islamic New Year
        2027-08-15|public|Maulid Nabi Muhammad|Prophet's Birthday
        2027-08-17|public|Hari Kemerdekaan Republik Indonesia|Independence Day
        2027-12-24|joint_leave|Cuti Bersama Hari Raya Natal|Christmas Joint Holiday
        2027-12-25|public|Hari Raya Natal|Christmas Day
        2027-12-26|public|Isra Mikraj Nabi Muhammad|Isra' and Mi'raj
        """
}
