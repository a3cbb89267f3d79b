"""The three-letter codes a travel document may name a state or issuer with: ISO 3166-1 alpha-3 and ICAO Doc 9303-3 section 5's own."""

_ISO_3166 = """
ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA
BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU
EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND
HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO
LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC
NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM
SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA
UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE
"""
_ICAO = "D EUE GBD GBN GBO GBP GBS RKS UNA UNK UNO XAA XAF XBA XCC XCE XCO XCT XDC XEC XES XIM XMP XOM XPO XXA XXB XXC XXX"
"""Germany, the European Union, British nationals by kind, Kosovo, United Nations and its agencies, organisations, stateless people
and refugees. (RKS and XCT are in wide use though not ISO's.)"""
_OBSOLETE = "ANT CSK NTZ SUN YUG ZAR SCG ROM TMP BUR DDR"
"""Withdrawn codes; still in documents and places of birth of older people."""
SPECIMEN = "UTO"
"""Utopia: reserved for specimens. Exists as a code; no bank may accept it in production (risk's concern)."""

STATES = frozenset(_ISO_3166.split()) | frozenset(_ICAO.split()) | {SPECIMEN}
WITHDRAWN = frozenset(_OBSOLETE.split())


def is_state(code: str) -> bool:
    """Return whether code (fillers stripped) names a state or issuer, withdrawn ones included."""
    return code in STATES or code in WITHDRAWN
