package report

import "strings"

// tiles is the world with one square for each country or territory of ISO 3166-1 that
// has a place of its own, the size of none saying anything. The positions are our own:
// rough longitudes and latitudes, half of them replaced by their rank so that Europe gets
// room, then each given the free square that keeps the whole nearest to where it belongs,
// and the north of Europe moved by hand. XK is in use for Kosovo and assigned by nobody.
const tiles = `
-- -- -- -- -- -- GL -- -- -- -- NO SE FI EE -- -- -- -- -- -- -- -- -- -- -- -- --
CA -- -- -- -- -- -- IS FO GB -- DK -- PL LV -- -- -- -- -- -- RU -- -- -- -- -- --
-- -- -- -- -- -- -- IE IM BE NL DE CZ SK LT BY -- -- -- -- -- -- -- -- -- -- -- --
-- -- -- -- -- -- -- -- GG LU LI AT SI HU RO MD UA -- -- -- KZ -- MN -- -- -- -- --
-- -- -- -- -- -- -- -- JE FR CH SM HR BA RS BG -- GE AZ UZ KG -- -- -- -- -- -- --
-- US -- -- -- -- -- PT ES AD MC IT ME XK MK -- TR SY AM TM TJ -- -- -- KP JP -- --
-- -- -- -- BM -- -- -- GI -- TN VA MT AL GR CY PS LB IQ IR AF -- CN -- KR -- -- --
-- -- CU BS -- -- -- EH MA DZ -- -- LY -- -- EG IL JO KW QA PK NP BT -- -- -- -- --
MX KY HT DO VG AG -- MR -- -- -- -- -- -- -- -- -- SA BH AE IN BD MO HK TW -- -- --
GT BZ JM PR KN DM CV -- -- ML NE -- -- -- -- SD -- ER YE OM -- MM LA VN -- -- -- --
SV HN NI CW VC LC GM SN -- BF -- -- TD -- -- -- -- DJ -- -- -- -- TH -- -- GU -- --
-- CR PA GD TT BB GW GN CI TG BJ NG -- -- -- -- -- ET -- -- -- -- KH PH -- -- -- --
-- -- CO VE GY GF -- SL LR GH -- CM -- CF -- SS -- -- SO -- MV LK MY BN PW FM MH --
-- -- EC -- -- SR -- -- -- -- ST GQ CG -- CD RW UG KE -- -- -- -- SG -- -- -- NR KI
-- -- PE -- -- BR -- -- -- -- -- GA -- -- -- BI TZ -- -- SC -- -- -- ID TL PG SB TV
-- -- -- BO -- -- -- -- -- -- -- -- AO -- ZM ZW MW KM -- MU -- -- -- -- -- -- VU WS
-- -- -- -- -- PY -- -- -- -- -- -- NA -- BW SZ MZ -- MG RE -- -- -- -- AU NC FJ TO
-- -- -- CL AR UY -- -- -- -- -- -- -- -- ZA LS -- -- -- -- -- -- -- -- -- -- -- --
-- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- NZ --
`

// noTile stands for a square of sea.
const noTile = "--"

// tileRows gives the squares of tiles, row by row; every row is as long as the others.
func tileRows() [][]string {
	var out [][]string
	for line := range strings.Lines(strings.TrimSpace(tiles)) {
		out = append(out, strings.Fields(line))
	}
	return out
}

// countryName is the usual short English name of a code, or the code itself.
func countryName(code string) string {
	if n := countryNames[code]; n != "" {
		return n
	}
	return code
}

// countryNames are the names of the codes on the map.
var countryNames = map[string]string{
	"AD": "Andorra", "AE": "United Arab Emirates", "AF": "Afghanistan", "AG": "Antigua and Barbuda",
	"AL": "Albania", "AM": "Armenia", "AO": "Angola", "AR": "Argentina",
	"AT": "Austria", "AU": "Australia", "AZ": "Azerbaijan", "BA": "Bosnia and Herzegovina",
	"BB": "Barbados", "BD": "Bangladesh", "BE": "Belgium", "BF": "Burkina Faso",
	"BG": "Bulgaria", "BH": "Bahrain", "BI": "Burundi", "BJ": "Benin",
	"BM": "Bermuda", "BN": "Brunei", "BO": "Bolivia", "BR": "Brazil",
	"BS": "Bahamas", "BT": "Bhutan", "BW": "Botswana", "BY": "Belarus",
	"BZ": "Belize", "CA": "Canada", "CD": "DR Congo", "CF": "Central African Republic",
	"CG": "Congo", "CH": "Switzerland", "CI": "Côte d'Ivoire", "CL": "Chile",
	"CM": "Cameroon", "CN": "China", "CO": "Colombia", "CR": "Costa Rica",
	"CU": "Cuba", "CV": "Cabo Verde", "CW": "Curaçao", "CY": "Cyprus",
	"CZ": "Czechia", "DE": "Germany", "DJ": "Djibouti", "DK": "Denmark",
	"DM": "Dominica", "DO": "Dominican Republic", "DZ": "Algeria", "EC": "Ecuador",
	"EE": "Estonia", "EG": "Egypt", "EH": "Western Sahara", "ER": "Eritrea",
	"ES": "Spain", "ET": "Ethiopia", "FI": "Finland", "FJ": "Fiji",
	"FM": "Micronesia", "FO": "Faroe Islands", "FR": "France", "GA": "Gabon",
	"GB": "United Kingdom", "GD": "Grenada", "GE": "Georgia", "GF": "French Guiana",
	"GG": "Guernsey", "GH": "Ghana", "GI": "Gibraltar", "GL": "Greenland",
	"GM": "Gambia", "GN": "Guinea", "GQ": "Equatorial Guinea", "GR": "Greece",
	"GT": "Guatemala", "GU": "Guam", "GW": "Guinea-Bissau", "GY": "Guyana",
	"HK": "Hong Kong", "HN": "Honduras", "HR": "Croatia", "HT": "Haiti",
	"HU": "Hungary", "ID": "Indonesia", "IE": "Ireland", "IL": "Israel",
	"IM": "Isle of Man", "IN": "India", "IQ": "Iraq", "IR": "Iran",
	"IS": "Iceland", "IT": "Italy", "JE": "Jersey", "JM": "Jamaica",
	"JO": "Jordan", "JP": "Japan", "KE": "Kenya", "KG": "Kyrgyzstan",
	"KH": "Cambodia", "KI": "Kiribati", "KM": "Comoros", "KN": "Saint Kitts and Nevis",
	"KP": "North Korea", "KR": "South Korea", "KW": "Kuwait", "KY": "Cayman Islands",
	"KZ": "Kazakhstan", "LA": "Laos", "LB": "Lebanon", "LC": "Saint Lucia",
	"LI": "Liechtenstein", "LK": "Sri Lanka", "LR": "Liberia", "LS": "Lesotho",
	"LT": "Lithuania", "LU": "Luxembourg", "LV": "Latvia", "LY": "Libya",
	"MA": "Morocco", "MC": "Monaco", "MD": "Moldova", "ME": "Montenegro",
	"MG": "Madagascar", "MH": "Marshall Islands", "MK": "North Macedonia", "ML": "Mali",
	"MM": "Myanmar", "MN": "Mongolia", "MO": "Macao", "MR": "Mauritania",
	"MT": "Malta", "MU": "Mauritius", "MV": "Maldives", "MW": "Malawi",
	"MX": "Mexico", "MY": "Malaysia", "MZ": "Mozambique", "NA": "Namibia",
	"NC": "New Caledonia", "NE": "Niger", "NG": "Nigeria", "NI": "Nicaragua",
	"NL": "Netherlands", "NO": "Norway", "NP": "Nepal", "NR": "Nauru",
	"NZ": "New Zealand", "OM": "Oman", "PA": "Panama", "PE": "Peru",
	"PG": "Papua New Guinea", "PH": "Philippines", "PK": "Pakistan", "PL": "Poland",
	"PR": "Puerto Rico", "PS": "Palestine", "PT": "Portugal", "PW": "Palau",
	"PY": "Paraguay", "QA": "Qatar", "RE": "Réunion", "RO": "Romania",
	"RS": "Serbia", "RU": "Russia", "RW": "Rwanda", "SA": "Saudi Arabia",
	"SB": "Solomon Islands", "SC": "Seychelles", "SD": "Sudan", "SE": "Sweden",
	"SG": "Singapore", "SI": "Slovenia", "SK": "Slovakia", "SL": "Sierra Leone",
	"SM": "San Marino", "SN": "Senegal", "SO": "Somalia", "SR": "Suriname",
	"SS": "South Sudan", "ST": "São Tomé and Príncipe", "SV": "El Salvador", "SY": "Syria",
	"SZ": "Eswatini", "TD": "Chad", "TG": "Togo", "TH": "Thailand",
	"TJ": "Tajikistan", "TL": "Timor-Leste", "TM": "Turkmenistan", "TN": "Tunisia",
	"TO": "Tonga", "TR": "Türkiye", "TT": "Trinidad and Tobago", "TV": "Tuvalu",
	"TW": "Taiwan", "TZ": "Tanzania", "UA": "Ukraine", "UG": "Uganda",
	"US": "United States", "UY": "Uruguay", "UZ": "Uzbekistan", "VA": "Vatican City",
	"VC": "Saint Vincent and the Grenadines", "VE": "Venezuela", "VG": "British Virgin Islands", "VN": "Vietnam",
	"VU": "Vanuatu", "WS": "Samoa", "XK": "Kosovo", "YE": "Yemen",
	"ZA": "South Africa", "ZM": "Zambia", "ZW": "Zimbabwe",
}
