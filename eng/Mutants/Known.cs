namespace Bailiwick.Mutants;

/// <param name="Number">Its place in the list of all.</param>
/// <param name="Name">What it is known by in <c>known.txt</c>; the second of one name on one line ends in #2.</param>
internal sealed record NumberedMutant(int Number, string Name, Mutant Mutant);

/// <summary>Survivors that somebody looked at, each with why no test can tell it: a file that is reviewed. They count as survivors all the same.</summary>
internal sealed class Known
{
    private readonly Dictionary<string, string> _because;

    private Known(Dictionary<string, string> because) => _because = because;

    /// <summary>A line with a name, and the reason in an indented line below it.</summary>
    public static Known Read(string path)
    {
        var lines = File.ReadAllLines(path).Where(line => line.Length > 0 && line[0] != '#').ToArray();
        if (lines.Index().Any(line => line.Item.StartsWith(' ') != (line.Index % 2 == 1)) || lines.Length % 2 == 1) throw new FormatException($"{path}: below each mutant stands its reason, indented.");
        return new(lines.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1].Trim(), StringComparer.Ordinal));
    }

    public static List<NumberedMutant> Numbered(IEnumerable<Mutant> mutants)
    {
        var met = new Dictionary<string, int>();
        var numbered = new List<NumberedMutant>();
        foreach (var mutant in mutants)
        {
            var times = met[mutant.Name] = met.GetValueOrDefault(mutant.Name) + 1;
            numbered.Add(new(numbered.Count + 1, times == 1 ? mutant.Name : $"{mutant.Name} #{times}", mutant));
        }
        return numbered;
    }

    public string? Because(NumberedMutant mutant) => _because.GetValueOrDefault(mutant.Name);

    public string[] Unknown(IEnumerable<NumberedMutant> mutants) => [.. _because.Keys.Except(mutants.Select(one => one.Name))];
}
