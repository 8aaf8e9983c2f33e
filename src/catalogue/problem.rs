//! What can be wrong with a cell or a line, by a stable name, with what was done and how to mend it in both languages.

use serde::{Deserialize, Serialize};

/// What the import did about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Understood another spelling; the meaning is certain.
    Normalise,
    /// Took it as it stands; somebody should look.
    Warn,
    /// Left this field as it was.
    RejectField,
    /// Left the whole line out.
    Reject,
    /// Not a line of goods.
    Skip,
}

impl Action {
    /// The word in files and the API.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Normalise => "normalise",
            Self::Warn => "warn",
            Self::RejectField => "reject_field",
            Self::Reject => "reject",
            Self::Skip => "skip",
        }
    }
}

macro_rules! codes {
    ($($name:ident $slug:literal $action:ident $quiet:literal $vi:literal $en:literal;)+) => {
        /// The stable name of a problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code { $(#[doc = $en] #[serde(rename = $slug)] $name),+ }

        impl Code {
            /// The word in files and the API.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug),+ }
            }

            /// What the import does about it.
            pub const fn action(self) -> Action {
                match self { $(Self::$name => Action::$action),+ }
            }

            /// Whether the line still counts as sound: the meaning was beyond doubt.
            pub const fn is_quiet(self) -> bool {
                match self { $(Self::$name => $quiet),+ }
            }

            const fn mend(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($vi, $en)),+ }
            }
        }
    };
}

// Name, word, action, quiet?, mend in Vietnamese, mend in English. {raw} = as typed, {norm} = as understood, {other} = what it clashes with.
codes! {
    SkuTrimmed "sku_trimmed" Normalise false "Đã bỏ khoảng trắng thừa, còn {norm}." "surrounding blanks were dropped: {norm}";
    SkuDuplicate "sku_duplicate" Reject false "Mã SKU {norm} đã có ở dòng {other}; đổi mã hoặc xoá dòng này." "SKU {norm} is already in row {other}; change it or delete this row";
    SkuDuplicateCasefold "sku_duplicate_casefold" Reject false "Mã SKU {norm} chỉ khác dòng {other} ở chữ hoa/thường hoặc dấu; sàn coi là trùng. Hãy đổi mã." "SKU {norm} differs from row {other} only by case or accents, which shops take for the same; change it";
    SkuMissing "sku_missing" Reject false "Thiếu mã SKU. Gợi ý: {norm}" "no SKU; suggestion: {norm}";
    SkuInvisibleChar "sku_invisible_char" Normalise false "Đã bỏ ký tự vô hình, còn {norm}." "invisible letters were dropped: {norm}";
    SkuHomoglyph "sku_homoglyph" Warn false "Mã SKU lẫn chữ Kirin/Hy Lạp trông giống chữ Latinh; gõ lại nếu không cố ý." "the SKU mixes Latin with look-alike letters of another script; type it again unless that is meant";
    SkuTooLong "sku_too_long" Reject false "Mã SKU dài {norm} ký tự, tối đa 45." "the SKU has {norm} characters, the limit is 45";
    SkuUnusable "sku_unusable" Reject false "Mã SKU “0” bị các gian hàng coi như trống; hãy đổi mã." "shops take the SKU \"0\" for none; change it";
    SkuUnusualLetter "sku_unusual_letter" Warn false "Mã SKU nên chỉ dùng A–Z, 0–9 và . _ / -; một số gian hàng sẽ bỏ dấu." "a SKU is safest with A–Z, 0–9 and . _ / - only; some shops drop the rest";
    GtinScientific "gtin_scientific" RejectField false "Excel đã đổi mã vạch thành dạng {raw} và làm mất chữ số; định dạng cột là Văn bản rồi nhập lại." "Excel turned the barcode into {raw} and lost digits; format the column as text and type it again";
    GtinBadCheckDigit "gtin_bad_check_digit" RejectField false "Chữ số kiểm tra sai; nếu các số trước đúng thì mã là {norm}." "wrong check digit; if the other digits are right it is {norm}";
    GtinApostrophe "gtin_apostrophe" Normalise true "Đã bỏ dấu nháy đầu ô." "the leading apostrophe was dropped";
    GtinLeadingZeroLost "gtin_leading_zero_lost" Warn false "12 chữ số: có thể Excel đã bỏ số 0 đầu. Nếu đúng, nhập {norm} vào cột dạng Văn bản." "12 digits: a leading zero may be lost. If so, type {norm} in a text column";
    GtinLetterO "gtin_letter_o" RejectField false "Mã vạch có chữ O thay cho số 0; gõ lại." "the barcode has the letter O instead of zero; type it again";
    GtinPlaceholder "gtin_placeholder" RejectField false "Được hiểu là không có mã vạch; lần sau hãy để trống ô." "taken as no barcode; leave the cell empty";
    GtinDuplicate "gtin_duplicate" Reject false "Mã vạch {norm} đã dùng cho {other}; hai mặt hàng không thể chung mã." "barcode {norm} belongs to {other}; two goods cannot share one";
    Gtin14Case "gtin_14_case" Warn false "14 chữ số là mã thùng, không gửi lên sàn làm mã của đơn vị bán lẻ." "14 digits name the carton; it is kept, but not sent as the unit's barcode";
    GtinGrouped "gtin_grouped" Normalise true "Đã bỏ khoảng trắng, dấu gạch: {norm}" "blanks and dashes were dropped: {norm}";
    GtinDecimalTail "gtin_decimal_tail" Normalise false "Đã bỏ đuôi “.0”: {norm}" "the \".0\" tail was dropped: {norm}";
    GtinUnreadable "gtin_unreadable" RejectField false "Mã vạch phải có 8, 12, 13 hoặc 14 chữ số." "a barcode has 8, 12, 13 or 14 digits";
    PriceVnFormat "price_vn_format" Normalise true "Đọc là {norm} đ." "read as {norm} đ";
    PriceCommaThousands "price_comma_thousands" Normalise true "Đọc là {norm} đ." "read as {norm} đ";
    PriceK "price_k" Normalise false "k = nghìn; đọc là {norm} đ." "k = thousand; read as {norm} đ";
    PriceTr "price_tr" Normalise false "tr = triệu; đọc là {norm} đ." "tr = million; read as {norm} đ";
    PriceSpaceThousands "price_space_thousands" Normalise true "Đọc là {norm} đ." "read as {norm} đ";
    PriceFullwidth "price_fullwidth" Normalise true "Đọc là {norm} đ." "read as {norm} đ";
    PriceDecimalZero "price_decimal_zero" Normalise true "Đọc là {norm} đ." "read as {norm} đ";
    PriceCurrencyPrefix "price_currency_prefix" Normalise true "Đọc là {norm} đ." "read as {norm} đ";
    PriceAmbiguous "price_ambiguous" Reject false "Không rõ {raw} là bao nhiêu đồng; ghi đủ số, ví dụ 35500." "{raw} can be read two ways; write the whole amount, for example 35500";
    PriceSuspiciousLow "price_suspicious_low" Reject false "Giá dưới 1.000 đ: có phải bảng tính theo nghìn đồng? Ghi đủ số." "below 1,000 đ: a sheet in thousands? Write the whole amount";
    PriceTooHigh "price_too_high" Reject false "Giá trên 10.000.000.000 đ; xem lại." "above 10,000,000,000 đ; check it";
    PriceZero "price_zero" Reject false "Giá bằng 0; ghi giá bán." "the price is zero; write the selling price";
    PriceNegative "price_negative" Reject false "Giá âm; ghi giá bán." "the price is negative; write the selling price";
    PriceRange "price_range" Reject false "Ô có khoảng giá; tách thành hai phân loại, mỗi phân loại một giá." "a range of prices; make two variants, one price each";
    PriceText "price_text" Reject false "Ô giá là chữ; ghi số tiền." "words instead of an amount; write the amount";
    PriceFraction "price_fraction" Reject false "Tiền đồng không có số lẻ; ghi số tròn đồng." "đồng has no fraction; write a whole amount";
    PriceScientific "price_scientific" Reject false "Số dạng khoa học đã mất chữ số; ghi đủ số." "scientific notation has lost digits; write the whole amount";
    PriceMissing "price_missing" Reject false "Thiếu giá bán." "no price";
    StockNegative "stock_negative" Reject false "Tồn kho âm; ghi số gói đang có." "stock is negative; write the packs at hand";
    StockWordSoldOut "stock_word_sold_out" Normalise false "“{raw}” được hiểu là 0." "\"{raw}\" was read as 0";
    StockVnThousands "stock_vn_thousands" Normalise true "Đọc là {norm}." "read as {norm}";
    StockFraction "stock_fraction" Reject false "Tồn kho đếm theo gói, không theo cân; ghi số nguyên." "stock counts packs, not kilograms; write a whole number";
    StockMissing "stock_missing" Reject false "Mặt hàng mới cần số tồn; ghi 0 nếu hết hàng." "a new variant needs a stock figure; write 0 when there is none";
    StockNotExact "stock_not_exact" Reject false "“{raw}” không phải một số; ghi số chính xác." "\"{raw}\" is not a number; write the exact figure";
    StockTooHigh "stock_too_high" Reject false "Tồn kho trên 999.999; xem lại." "stock above 999,999; check it";
    StockOfBundle "stock_of_bundle" RejectField false "Tồn của bộ quà được tính từ thành phần; số này không dùng." "a set's stock follows from its components; the figure is not used";
    WeightMissing "weight_missing" Reject false "Thiếu khối lượng gói hàng (g); sàn nào giao hàng cũng cần." "no shipping weight (g); every channel that ships needs one";
    WeightUnitG "weight_unit_g" Normalise true "Đọc là {norm} g." "read as {norm} g";
    WeightKgComma "weight_kg_comma" Normalise true "Đọc là {norm} g." "read as {norm} g";
    WeightUnitKg "weight_unit_kg" Normalise true "Đọc là {norm} g." "read as {norm} g";
    WeightLang "weight_lang" Normalise false "1 lạng = 100 g; đọc là {norm} g." "1 lạng = 100 g; read as {norm} g";
    WeightVolumeUnit "weight_volume_unit" Reject false "Thể tích không phải khối lượng; cân cả gói và ghi gam." "a volume is no shipping weight; weigh the pack and write grams";
    WeightUnreadable "weight_unreadable" Reject false "Không đọc được khối lượng “{raw}”; ghi số gam." "cannot read the weight \"{raw}\"; write grams";
    DimsUnicodeX "dims_unicode_x" Normalise true "Đọc là {norm} cm." "read as {norm} cm";
    DimsUnreadable "dims_unreadable" RejectField false "Ghi kích thước như 18x12x5 (cm)." "write sizes as 18x12x5 (cm)";
    StarsWord "stars_word" Normalise true "Đọc là {norm} sao." "read as {norm} stars";
    StarsGlyphs "stars_glyphs" Normalise false "Đếm được {norm} sao." "{norm} stars were counted";
    StarsPending5 "stars_pending_5" Normalise false "“Tiềm năng 5 sao” mới là đề cử: giữ 4 sao, không hiển thị 5." "a nomination for five stars: kept as 4, never shown as 5";
    StarsOutOfRange "stars_out_of_range" Reject false "Chỉ được ghi 3, 4 hoặc 5 sao." "only 3, 4 or 5 stars may be claimed";
    StarsOfBundle "stars_of_bundle" RejectField false "Bộ quà không có hạng sao riêng." "a set has no star of its own";
    StarsNeedDecision "stars_need_decision" Warn false "Hạng sao khác giấy chứng nhận đã có; ghi số hoặc ngày công nhận của quyết định mới." "other stars than the known certificates carry; give the number or date of the new decision";
    GroupOldScheme "group_old_scheme" Normalise false "“{raw}” là tên nhóm cũ (2018); hiểu là {norm}." "\"{raw}\" is a group name of 2018; read as {norm}";
    GroupUnknown "group_unknown" Reject false "Nhóm OCOP không có trong sáu nhóm hiện hành." "not one of the six OCOP groups in force";
    KindAbbrev "kind_abbrev" Normalise true "{raw} = {norm}." "{raw} = {norm}";
    KindUnknown "kind_unknown" Reject false "Loại hình phải là công ty, DNTN, HTX, tổ hợp tác hoặc hộ kinh doanh." "the kind must be company, private enterprise, cooperative, cooperative group or household";
    ProvinceAbolished "province_abolished" Normalise false "{raw} đã sáp nhập từ 1/7/2025; dùng mã {norm}, tên cũ vẫn giữ theo giấy chứng nhận." "{raw} was merged on 2025-07-01; code {norm} is used, the old name is kept as on the certificate";
    ProvinceNoDiacritics "province_no_diacritics" Normalise false "Tên tỉnh thiếu dấu; hiểu là mã {norm}." "the name lacks its accents; read as code {norm}";
    ProvinceTonePlacement "province_tone_placement" Normalise true "Cùng tên, khác vị trí dấu; mã {norm}." "the same name with the tone mark elsewhere; code {norm}";
    ProvinceUnknown "province_unknown" Warn false "Không nhận ra tỉnh “{raw}”; để nguyên." "province \"{raw}\" is not known; left as it was";
    DateDmy "date_dmy" Normalise true "Ngày trong tệp đọc theo ngày/tháng/năm: {norm}" "dates of this file are read day/month/year: {norm}";
    DateMdySuspect "date_mdy_suspect" Reject false "Không có tháng như vậy trong {raw}; tệp này ghi ngày/tháng/năm." "{raw} has no such month; this file writes day/month/year";
    DateExcelSerial "date_excel_serial" Normalise false "Số ngày của Excel; đọc là {norm}." "an Excel day number; read as {norm}";
    DateImpossible "date_impossible" Reject false "Không có ngày {raw}." "there is no day {raw}";
    DateUnreadable "date_unreadable" Reject false "Ghi ngày như 31/12/2026." "write the date as 31/12/2026";
    CertificateSpan "certificate_span" Warn false "Giấy chứng nhận có hạn 36 tháng, ở đây là {other} tháng; xem lại hai ngày." "a certificate runs 36 months, this one {other}; check both dates";
    CertificateExpired "certificate_expired" Warn false "Đã hết hạn {norm}: nhập, nhưng không được hiển thị sao." "lapsed on {norm}: imported, but no star may be shown";
    NameNotNfc "name_not_nfc" Normalise false "Chữ dạng tổ hợp (NFD) đã đổi về dạng chuẩn." "decomposed letters (NFD) were composed";
    NameDuplicateOfClean "name_duplicate_of_clean" Warn false "Trùng tên với {other}; nếu là một sản phẩm, hãy dùng chung mã sản phẩm." "the same name as {other}; if it is one product, give both one product code";
    NameEthForDstroke "name_eth_for_dstroke" Normalise false "Ð (Iceland) đã đổi thành Đ." "Ð (Eth) was turned into Đ";
    NameLegacyFont "name_legacy_font" Reject false "Chữ theo phông cũ (TCVN3/VNI). Có phải “{norm}”? Chuyển mã sang Unicode rồi nhập lại." "text of an old font (TCVN3/VNI). Is it \"{norm}\"? Convert it to Unicode and import again";
    NameMojibake "name_mojibake" Reject false "Chữ bị lỗi mã. Có phải “{norm}”? Lưu tệp dạng UTF-8 rồi nhập lại." "garbled text. Is it \"{norm}\"? Save the file as UTF-8 and import again";
    NameFormula "name_formula" Normalise false "Ô bắt đầu bằng “=” được giữ như chữ, không tính." "a cell that begins with \"=\" is kept as text, never evaluated";
    NameMissing "name_missing" Reject false "Thiếu tên sản phẩm." "no product name";
    NameTooLong "name_too_long" Reject false "Tên dài {norm} ký tự, tối đa 300." "the name has {norm} characters, the limit is 300";
    DescHtml "desc_html" Normalise false "Đã bỏ mã lệnh trong mô tả." "scripts and event handlers were removed";
    DescHealthClaim "desc_health_claim" Warn false "Thực phẩm không được quảng cáo chữa bệnh (“{other}”): chưa đăng bán cho tới khi sửa." "food must not be advertised as curing (\"{other}\"): not published until it is edited";
    TextDamaged "text_damaged" RejectField false "Chữ bị lỗi mã hoặc phông cũ. Có phải “{norm}”?" "garbled text or an old font. Is it \"{norm}\"?";
    ImageMissing "image_missing" Warn false "Không thấy tệp ảnh {other}." "picture {other} was not found";
    ImageCorrupt "image_corrupt" Warn false "Ảnh {other} hỏng, không mở được; bỏ ảnh này." "picture {other} is damaged and was left out";
    ImageTooSmall "image_too_small" Warn false "Ảnh {other} quá nhỏ ({norm}); các sàn cần từ 500 × 500." "picture {other} is too small ({norm}); channels want 500 × 500 or more";
    ImageTooLarge "image_too_large" Warn false "Ảnh {other} quá lớn ({norm}); sẽ được thu nhỏ trước khi gửi." "picture {other} is very large ({norm}); it is scaled down before it is sent";
    ImageRenamed "image_renamed" Warn false "Ảnh {other} thực ra là {norm}, khác với đuôi tệp." "picture {other} is really {norm}, unlike its name";
    ImageName "image_name" RejectField false "Tên ảnh {other} không được có đường dẫn." "picture name {other} must not hold a path";
    ColumnCount "column_count" Reject false "Dòng có {other} ô; có thể thiếu dấu nháy quanh ô có dấu phân cách." "{other} cells; a cell with a delimiter may lack its quotes";
    BlankLine "blank_line" Skip false "Dòng trống." "an empty line";
    BlankCells "blank_cells" Skip false "Dòng chỉ có dấu phân cách." "only separators";
    TotalRow "total_row" Skip false "Dòng tổng cộng, không phải hàng hoá." "a line of totals, not goods";
    CellTooLong "cell_too_long" Reject false "Ô dài quá {other} ký tự." "a cell has more than {other} characters";
    ProducerMissing "producer_missing" Reject false "Thiếu chủ thể." "no producer";
    ProducerUnknown "producer_unknown" Reject false "Chủ thể mới cần loại hình (công ty, HTX, hộ kinh doanh…)." "a new producer needs its kind (company, cooperative, household …)";
    ProducerConflict "producer_conflict" Warn false "{other} khác với dòng trước cho cùng chủ thể; giữ giá trị trước." "{other} differs from an earlier row of the same producer; the earlier one is kept";
    ProducerDuplicate "producer_duplicate" Reject false "Chủ thể đã có ở dòng {other}." "the producer is already in row {other}";
    TaxIdBad "tax_id_bad" RejectField false "Mã số thuế sai độ dài hoặc chữ số kiểm tra." "wrong length or check digit of the tax number";
    ProductConflict "product_conflict" Warn false "{other} khác với dòng trước của cùng sản phẩm; giữ giá trị trước." "{other} differs from an earlier row of the same product; the earlier one is kept";
    ProductOfOther "product_of_other" Reject false "SKU này thuộc sản phẩm {other}; không thể chuyển sang sản phẩm khác." "this SKU belongs to product {other} and cannot move to another";
    ProductTooWide "product_too_wide" Reject false "Một sản phẩm có tối đa {other} phân loại; tách thành nhiều sản phẩm." "a product has at most {other} variants; make several products";
    ProductKindUnknown "product_kind_unknown" Reject false "Loại sản phẩm phải là single (đơn) hoặc bundle (bộ quà)." "the kind of product must be single or bundle";
    OptionDuplicate "option_duplicate" Reject false "Phân loại trùng với {other}; mỗi SKU một phân loại." "the same options as {other}; each SKU needs its own";
    OptionMissing "option_missing" Reject false "Sản phẩm có nhiều SKU nên mỗi dòng cần phân loại, khác với {other}." "a product with several SKUs needs options on each row, unlike {other}";
    VatUnknown "vat_unknown" RejectField false "Thuế GTGT phải là KCT, 5, 8 hoặc 10." "VAT category must be KCT, 5, 8 or 10";
    StorageUnknown "storage_unknown" RejectField false "Bảo quản phải là nhiệt độ thường, mát hoặc đông lạnh." "storage must be ambient, chilled or frozen";
    SeasonUnreadable "season_unreadable" RejectField false "Ghi tháng vụ như 11-02." "write the season as 11-02";
    NumberUnreadable "number_unreadable" RejectField false "Không đọc được số “{raw}”." "cannot read the number \"{raw}\"";
    UrlBad "url_bad" RejectField false "Liên kết phải bắt đầu bằng https:// hoặc http://." "a link starts with https:// or http://";
    BundleUnknown "bundle_unknown" Reject false "Không có bộ quà nào mang mã {norm}." "no set has the SKU {norm}";
    ComponentUnknown "component_unknown" Reject false "Không có SKU thành phần {norm}." "no variant has the SKU {norm}";
    ComponentNested "component_nested" Reject false "Thành phần {norm} lại là một bộ quà." "the component {norm} is itself a set";
    ComponentDuplicate "component_duplicate" Reject false "Thành phần này đã có ở dòng {other}." "this component is already in row {other}";
    QuantityBad "quantity_bad" Reject false "Số lượng trong bộ phải từ 1 đến 1.000." "the quantity in a set is 1 to 1,000";
}

/// One thing found in one cell or line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Line of the data, the header not counted; the first is 1.
    pub row: u32,
    /// The header as the sheet writes it; `(line)` for the whole line.
    pub column: String,
    /// Its stable name.
    pub code: Code,
    /// What was done about it.
    pub action: Action,
    /// As typed, cut at 300 characters; masked where it is a tax number.
    pub raw: String,
    /// As understood, or as proposed where the field was left out.
    pub normalised: Option<String>,
    /// What to do, for the producer.
    pub mend_vi: String,
    /// The same in English.
    pub mend_en: String,
}

/// The column name of problems with a whole line.
pub const WHOLE_LINE: &str = "(line)";

impl Problem {
    /// Makes a problem; `other` names what it clashes with (a row, a SKU, a word).
    pub fn new(
        row: u32,
        column: &str,
        code: Code,
        raw: &str,
        normalised: Option<String>,
        other: &str,
    ) -> Self {
        let raw: String = raw.chars().take(300).collect();
        let fill = |text: &str| {
            text.replace("{norm}", normalised.as_deref().unwrap_or("?"))
                .replace("{other}", other)
                .replace("{raw}", raw.trim())
        };
        let (vi, en) = code.mend();
        let (mend_vi, mend_en) = (fill(vi), fill(en));
        Self {
            row,
            column: column.to_owned(),
            code,
            action: code.action(),
            raw,
            normalised,
            mend_vi,
            mend_en,
        }
    }
}
