using System.Globalization;

namespace Bailiwick.Benchmarks;

/// <summary>Plain text for people, on standard output and in a file.</summary>
internal sealed class Report(string path) : IDisposable
{
    private readonly StreamWriter _file = new(path) { AutoFlush = true };

    public void Line(FormattableString text) => Line(text.ToString(CultureInfo.InvariantCulture));

    public void Line(string text = "")
    {
        Console.WriteLine(text);
        _file.WriteLine(text);
    }

    /// <summary>What is being done: for the person who waits, not for the file.</summary>
    public void Progress(FormattableString text) => Console.Error.WriteLine("  .. " + text.ToString(CultureInfo.InvariantCulture));

    /// <summary>A result beside what it should be.</summary>
    public void AtLeast(string what, double result, double target, double? aim = null) => Judge(what, result, target, result >= target, "at least",
        aim is { } wished ? string.Create(CultureInfo.InvariantCulture, $" (aim {wished:0.##}: {Verdict(result >= wished)})") : "");

    /// <summary>A result beside what it should be.</summary>
    public void AtMost(string what, double result, double target) => Judge(what, result, target, result <= target, "at most", "");

    public void Dispose() => _file.Dispose();

    private void Judge(string what, double result, double target, bool met, string bound, string more) =>
        Line($"  TARGET {what}: {result:0.00}, {bound} {target:0.##}: {Verdict(met)}{more}");

    private static string Verdict(bool met) => met ? "met" : "NOT MET";
}

/// <summary>Middle and ends of some figures.</summary>
internal readonly record struct Spread(double Median, double Min, double Max)
{
    public static Spread Of(IEnumerable<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        var middle = sorted.Length / 2;
        return new(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }
}
