/// Names as they are common in one language, of people and of small companies.
enum DemoLanguage {
    case german, french, spanish, italian, bulgarian, english, ukrainian, polish

    /// A person's name; with commas, quotes and letters of all kinds where the language has them.
    func person(_ random: inout SeededGenerator) -> String {
        let (given, family) = people
        let index = random.below(given.count)
        let first = given[index]
        // Where family names have a gender, those of one gender stand at places of the same parity as the given names'.
        let last = family[random.below(family.count / 2) * 2 + index % 2]
        // A few are kept as some address books write them, or with a nickname: cells that need quoting in CSV.
        if random.chance(0.03) { return "\(last), \(first)" }
        if random.chance(0.01), let letter = first.first { return "\(first) \"\(letter).\" \(last)" }
        return "\(first) \(last)"
    }

    /// A small company's name.
    func company(_ random: inout SeededGenerator) -> String {
        let family = random.pick(people.family)
        return random.pick(companies).replacing("*", with: family)
    }

    private var people: (given: [String], family: [String]) {
        switch self {
        case .german:
            (
                [
                    "Anna", "Jürgen", "Sabine", "Lukas", "Käthe", "Stefan", "Mia", "Jörg", "Heike", "Björn", "Lena",
                    "Günther", "Petra", "Tim", "Ute", "Max",
                ],
                [
                    "Müller", "Schäfer", "Groß", "Weiß", "Krüger", "Hoffmann", "Böhm", "Vogel", "Jäger", "Lange",
                    "Köhler", "Winter", "Schulz", "Fuchs", "Straßer", "Neumann",
                ]
            )
        case .french:
            (
                [
                    "Chloé", "Hélène", "François", "Léo", "Zoé", "Jérôme", "Agnès", "Benoît", "Maëlle", "Noël", "Inès",
                    "Luc", "Océane", "Gaël", "Céline", "Hugo",
                ],
                [
                    "Lefèvre", "Béranger", "D'Amboise", "Moreau", "Girard", "Lecœur", "Françon", "Dupré", "Garnier",
                    "Châtelain", "Renaud", "Besson", "Guérin", "Petit", "L'Hôte", "Maréchal",
                ]
            )
        case .spanish:
            (
                [
                    "María", "José", "Lucía", "Íñigo", "Carmen", "Ángel", "Sofía", "Andrés", "Begoña", "Raúl", "Inés",
                    "Martín", "Pilar", "Óscar", "Rocío", "Diego",
                ],
                [
                    "García", "Núñez", "Peña", "Muñoz", "Ibáñez", "Ortega", "Ramírez", "Álvarez", "Vega", "Castaño",
                    "Herrera", "Quiñones", "Rojas", "Domínguez", "Cano", "Yáñez",
                ]
            )
        case .italian:
            (
                [
                    "Niccolò", "Giulia", "Matteo", "Chiara", "Luca", "Noemi", "Francesca", "Paolo", "Elisa", "Dario",
                    "Marta", "Gioele", "Sara", "Enzo", "Ilaria", "Ugo",
                ],
                [
                    "Rossi", "De Luca", "Bianchi", "D'Angelo", "Ferrari", "Greco", "Conti", "Marino", "Lombardi",
                    "Caputo", "Fontana", "Santoro", "Vitale", "Dell'Orto", "Monti", "Serra",
                ]
            )
        case .bulgarian:
            (
                [
                    "Иван", "Мария", "Георги", "Елена", "Димитър", "Десислава", "Петър", "Йоана", "Николай",
                    "Цветелина",
                    "Стефан", "Ралица",
                ],
                [
                    "Иванов", "Петрова", "Димитров", "Георгиева", "Николов", "Стоянова", "Тодоров", "Ангелова",
                    "Маринов",
                    "Христова", "Костов", "Йорданова",
                ]
            )
        case .english:
            (
                [
                    "Oliver", "Amelia", "Siobhán", "Jack", "Grace", "Zoë", "Harry", "Aisha", "Conor", "Priya", "George",
                    "Chloe", "Dev", "Ruth", "Owen", "Maya",
                ],
                [
                    "Smith", "O'Brien", "Patel", "Jones", "Khan", "Taylor", "Brontë", "MacLeod", "Hughes", "Singh",
                    "Walker", "O'Neill", "Evans", "Ahmed", "St. John", "Clarke",
                ]
            )
        case .ukrainian:
            (
                [
                    "Олена", "Андрій", "Наталія", "Дмитро", "Соломія", "Тарас", "Ірина", "Богдан", "Їва", "Юрій",
                    "Оксана", "Євген", "Ганна", "Мар'яна", "Петро", "Лук'ян",
                ],
                [
                    "Шевченко", "Коваленко", "Бондар", "Лук'яненко", "Мельник", "Гриценко", "Ткач", "Ґалаґан",
                    "Кравець", "Савчук", "Їжакевич", "Поліщук", "Зінченко", "Щербак", "Дем'янчук", "Мороз",
                ]
            )
        case .polish:
            (
                [
                    "Łukasz", "Małgorzata", "Paweł", "Agnieszka", "Michał", "Zofia", "Wojciech", "Żaneta", "Stanisław",
                    "Ewa", "Krzysztof", "Iga",
                ],
                [
                    "Wiśniewski", "Wójcik", "Kamiński", "Dąbrowska", "Zieliński", "Szymańska", "Woźniak", "Kozłowska",
                    "Jankowski", "Mazur", "Król", "Pawłowska",
                ]
            )
        }
    }

    /// A star stands for a family name.
    private var companies: [String] {
        switch self {
        case .german: ["* & Söhne GmbH, Köln", "Telefonladen *", "* Funknetz AG", "Bäckerei *"]
        case .french: ["* et Fils, S.A.R.L.", "Téléphonie *", "Café « * »", "Réseaux *"]
        case .spanish: ["Locutorio \"*\"", "*, Hermanos y Cía., S.L.", "Telefonía *", "Redes *"]
        case .italian: ["* Telefonia S.r.l.", "Caffè *", "Fratelli *, S.n.c.", "Phone Center \"*\""]
        case .bulgarian: ["* и синове ООД", "Телефони „*“", "* Комуникации ЕООД"]
        case .english: ["* Telecom Ltd", "*, * & Partners", "Call Shop \"*\"", "* Voice & Data, Inc."]
        case .ukrainian: ["ТОВ «*-Зв'язок»", "ФОП *", "Переговорний пункт \"*\"", "* і партнери, ТОВ"]
        case .polish: ["* Telekom Sp. z o.o.", "Usługi telefoniczne \"*\"", "* i Synowie, s.c."]
        }
    }
}
