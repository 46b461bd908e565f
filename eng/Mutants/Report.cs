using System.Globalization;

namespace Bailiwick.Mutants;

/// <summary>What became of the mutants, told while it goes on and at the end.</summary>
internal sealed class Report(Known known, int count)
{
    private readonly List<(NumberedMutant One, Verdict Verdict, string Says)> _ends = [];

    public void Add(NumberedMutant one, (Verdict Verdict, string Says) end)
    {
        lock (_ends)
        {
            _ends.Add((one, end.Verdict, end.Says));
            Console.WriteLine($"{_ends.Count,4}/{count} {end.Verdict,-8} {one.Number,4} {one.Mutant}{(end.Says.Length > 0 ? $"   [{end.Says}]" : "")}");
        }
    }

    /// <summary>Prints the score and all that survived; 1 when too many did, in the code or in the table.</summary>
    public int Print(TimeSpan took, double shareMin)
    {
        Console.WriteLine();
        var survived = Ended(Verdict.Survived).Select(end => end.One).ToLookup(one => known.Because(one) is not null);
        foreach (var one in survived[true]) Console.WriteLine($"survived, as is known: {one.Number} {one.Mutant}\n  {known.Because(one)}");
        foreach (var one in survived[false]) Console.WriteLine($"survived: {one.Number} {one.Mutant}\n  {one.Mutant.LineText}");
        Console.WriteLine();
        foreach (var file in _ends.GroupBy(end => end.One.Mutant.File).OrderBy(file => file.Key, StringComparer.Ordinal)) Score(file.Key, [.. file]);
        var code = Score("code", [.. _ends.Where(end => !end.One.Mutant.InTable)]);
        var table = Score("rows of tables", [.. _ends.Where(end => end.One.Mutant.InTable)]);
        Score("all", _ends);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Ended(Verdict.Refused).Count()} more are refused by the compiler and count for nothing. In {took:m\\:ss} minutes."));
        return code >= shareMin && table >= shareMin ? 0 : 1;
    }

    private static double Score(string name, IReadOnlyCollection<(NumberedMutant One, Verdict Verdict, string Says)> ends)
    {
        var (killed, hung, survived) = (ends.Count(end => end.Verdict == Verdict.Killed), ends.Count(end => end.Verdict == Verdict.Hung), ends.Count(end => end.Verdict == Verdict.Survived));
        var counted = killed + hung + survived;
        if (counted == 0) return 1;
        var share = (double)(killed + hung) / counted;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24} {killed + hung,4} of {counted,4} killed ({hung} by never ending): {100 * share:0.0} %"));
        return share;
    }

    private IEnumerable<(NumberedMutant One, Verdict Verdict, string Says)> Ended(Verdict verdict) => _ends.Where(end => end.Verdict == verdict).OrderBy(end => end.One.Number);
}
