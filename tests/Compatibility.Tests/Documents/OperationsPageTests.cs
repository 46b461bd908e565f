using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>docs/operations.md names every metric of the platform, and the dashboard asks for none that is not there.</summary>
public sealed partial class OperationsPageTests
{
    private static readonly string Docs = Path.Combine(Repository.Root, "docs");

    [Fact]
    public async Task Every_metric_is_on_the_page_and_nothing_else()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Docs, "operations.md"));
        Assert.Equal(Instruments().Select(instrument => instrument.Name).Order(StringComparer.Ordinal), Row().Matches(page).Select(row => row.Groups["name"].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_metric_says_what_it_is_and_in_which_unit() =>
        Assert.All(Instruments(), instrument => Assert.True(instrument is { Unit.Length: > 0, Description.Length: > 0 }, instrument.Name));

    [Fact]
    public async Task The_dashboard_asks_for_metrics_that_there_are()
    {
        var known = Instruments().SelectMany(Exported).ToHashSet();
        using var dashboard = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(Docs, "dashboards", "bailiwick.json")));
        var asked = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray().Select(target => target.GetProperty("expr").GetString()!))
            .SelectMany(expression => OwnName().Matches(expression)).Select(name => name.Value).ToList();
        Assert.NotEmpty(asked);
        Assert.All(asked.Where(name => name != "bailiwick_route"), name => Assert.Contains(name, known));
    }

    /// <summary>The instruments of the product's assemblies, which make them when their classes are first used.</summary>
    private static List<Instrument> Instruments()
    {
        var instruments = new List<Instrument>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => { if (instrument.Meter.Name == "Bailiwick") instruments.Add(instrument); } };
        foreach (var assembly in (System.Reflection.Assembly[])[typeof(Edge.SignIn).Assembly, typeof(Grains.Access.ReadPermit).Assembly, typeof(Silo.Embedded.RocksStore).Assembly])
            foreach (var type in assembly.GetTypes().Where(type => type.Name.EndsWith("Metrics", StringComparison.Ordinal)))
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        listener.Start();
        return [.. instruments.DistinctBy(instrument => instrument.Name)];
    }

    /// <summary>A metric's names as Prometheus keeps it.</summary>
    private static string[] Exported(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_');
        if (instrument.Unit == "s") name += "_seconds";
        if (instrument.Unit == "By") name += "_bytes";
        return instrument.GetType().Name switch
        {
            "Counter`1" => [$"{name}_total"],
            "Histogram`1" => [$"{name}_bucket", $"{name}_count", $"{name}_sum"],
            _ => [name],
        };
    }

    [GeneratedRegex(@"^\| `(?<name>bailiwick\.[a-z.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\bbailiwick_[a-z_]+")]
    private static partial Regex OwnName();
}
