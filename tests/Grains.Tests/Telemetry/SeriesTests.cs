using System.Globalization;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Telemetry;

namespace Bailiwick.Grains.Tests.Telemetry;

/// <summary>What is a series, which of them a device is known to measure, and how values come into columns.</summary>
public sealed class SeriesTests
{
    private const long Day = 86_400_000;
    private static readonly ObjectId Source = new(7);

    [Theory]
    [InlineData("", "")]
    [InlineData("'c8y_T':{'T':{'value':25,'unit':'C'}}", "c8y_T.T=25 C")]
    [InlineData("'a':{'b':{'unit':'x','value':-1.5e2},'c':{'value':0}},'d':{'e':{'value':1}}", "a.b=-150 x;a.c=0;d.e=1")]
    [InlineData("'a':{'text':'x','b':{'value':1}},'plain':5,'list':[{'value':1}],'none':null,'z':{'y':{'value':2}}", "a.b=1;z.y=2")]
    [InlineData("'a':{'b':{'unit':'x'},'c':{'value':'1'},'d':{'value':null},'e':{'other':{'value':1}}}", "")]
    [InlineData("'a':{'b':{'value':1,'extra':{'value':2,'deep':[1,{'value':3}]}}},'x':1", "a.b=1")]
    [InlineData("'a':{},'b':{'c':{}},'d':{'e':{'value':1}}", "d.e=1")]
    [InlineData("'\\u0061':{'\\u0062':{'v\\u0061lue':1,'unit':'\\u00b0C'}}", "a.b=1 \u00b0C")]
    [InlineData("'a':{'b':{'value':1e999}}", "")]
    [InlineData("'a' : { 'b' : { 'value' : 1 } } , 'n' : 12", "a.b=1")]
    public void A_series_is_an_object_with_a_number_as_its_value_in_an_object(string members, string found)
    {
        var values = new List<string>();
        var scan = new SeriesScan(Utf8(members));
        while (scan.Next())
            values.Add($"{Encoding.UTF8.GetString(scan.Fragment)}.{Encoding.UTF8.GetString(scan.Series)}={scan.Value.ToString(CultureInfo.InvariantCulture)} {Encoding.UTF8.GetString(scan.Unit)}".Trim());
        Assert.Equal(found, string.Join(';', values));
    }

    [Fact]
    public void What_is_known_is_not_unknown_again_and_costs_no_garbage()
    {
        var known = new KnownSeries([new("c8y_T", "T")]);
        NewMeasurement[] same = [New("'c8y_T':{'T':{'value':25,'unit':'C'}}")];
        Assert.Null(known.Unknown(same));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) known.Unknown(same);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        var unknown = known.Unknown([New("'c8y_T':{'T':{'value':1},'U':{'value':1}},'x':{'T':{'value':1}}"), New("'x':{'T':{'value':2}}")])!;
        Assert.Equal([new("c8y_T", "U"), new("x", "T")], unknown.OrderBy(name => name.Fragment));
        known.Add(unknown);
        Assert.Equal(3, known.Count);
        Assert.Equal([new("c8y_T", "T"), new("c8y_T", "U"), new("x", "T")], known.Names);
    }

    [Fact]
    public void A_device_that_invents_names_is_known_by_so_many_and_no_more()
    {
        var known = new KnownSeries([]);
        for (var i = 0; i < Limits.SeriesPerObjectMax + 10; i++)
            if (known.Unknown([New($"'f{i}':{{'s':{{'value':1}}}}")]) is { } unknown)
                known.Add(unknown);
        Assert.Equal(Limits.SeriesPerObjectMax, known.Count);
        var many = string.Join(',', Enumerable.Range(0, 50).Select(i => $"'g{i}':{{'s':{{'value':1}}}}"));
        var nearlyFull = new KnownSeries(known.Names.Skip(3));
        Assert.Equal(3, nearlyFull.Unknown([New(many)])!.Count);
    }

    [Fact]
    public void Values_stand_in_the_columns_that_were_asked_for_and_a_missing_one_is_left_out()
    {
        var table = new SeriesTable(Query(Aggregation.None, new("b", "y"), new("a", "x"), new("never", "there")));
        Assert.True(table.Add(Stored(1_000, "'a':{'x':{'value':1,'unit':'C'},'other':{'value':9}}")));
        Assert.True(table.Add(Stored(2_000, "'b':{'y':{'value':2}},'a':{'x':{'value':3,'unit':'K'}}")));
        Assert.True(table.Add(Stored(2_000, "'a':{'x':{'value':-4,'unit':'K'}}")));
        Assert.True(table.Add(Stored(3_000, "'other':{'y':{'value':2}}")));
        var report = table.Report();

        Assert.Equal("b.y,a.x/K,never.there", Columns(report));
        Assert.Equal("1000:1=1..1 2000:0=2..2,1=-4..3", Rows(report));
        Assert.False(report.IsTruncated);
    }

    [Fact]
    public void Columns_that_were_not_asked_for_come_in_the_order_in_which_they_occur()
    {
        var table = new SeriesTable(Query(Aggregation.None));
        table.Add(Stored(1, "'b':{'y':{'value':1}}"));
        table.Add(Stored(2, "'a':{'x':{'value':2}},'b':{'y':{'value':3}}"));
        Assert.Equal("b.y,a.x", Columns(table.Report()));
        Assert.Equal("1:0=1..1 2:0=3..3,1=2..2", Rows(table.Report()));
    }

    [Theory]
    [InlineData(Aggregation.Minutely, 60_000)]
    [InlineData(Aggregation.Hourly, 3_600_000)]
    [InlineData(Aggregation.Daily, Day)]
    public void Aggregation_draws_together_what_lies_in_one_span_of_UTC(Aggregation aggregation, long span)
    {
        var start = 20_000 * Day;
        var table = new SeriesTable(Query(aggregation));
        foreach (var (time, value) in ((long, int)[])[(start, 5), (start + span - 1, 3), (start + span, 9), (start + 3 * span, 1)])
            table.Add(Stored(time, $"'a':{{'x':{{'value':{value}}}}}"));
        Assert.Equal($"{start}:0=3..5 {start + span}:0=9..9 {start + 3 * span}:0=1..1", Rows(table.Report()));
    }

    [Fact]
    public void An_answer_holds_so_many_moments_and_says_when_there_are_more()
    {
        var table = new SeriesTable(Query(Aggregation.None));
        for (var time = 1; time <= Limits.SeriesRowsMax; time++) Assert.True(table.Add(Stored(time, "'a':{'x':{'value':1}}")));
        Assert.False(table.Report().IsTruncated);
        Assert.True(table.Add(Stored(Limits.SeriesRowsMax, "'a':{'x':{'value':2}}")));
        Assert.True(table.Add(Stored(Limits.SeriesRowsMax + 1, "'text':5")));
        Assert.False(table.Add(Stored(Limits.SeriesRowsMax + 2, "'a':{'x':{'value':1}}")));
        Assert.True(table.Report().IsTruncated);
        Assert.Equal(Limits.SeriesRowsMax, table.Report().Rows.Count);
    }

    [Fact]
    public void A_wide_answer_is_cut_by_its_cells()
    {
        var names = Enumerable.Range(0, Limits.SeriesColumnsMax).Select(i => new SeriesName("a", $"s{i}")).ToArray();
        var table = new SeriesTable(Query(Aggregation.None, names));
        var time = 0;
        while (table.Add(Stored(++time, "'a':{'s0':{'value':1}}"))) Assert.True(time <= Limits.SeriesRowsMax);
        Assert.Equal(Limits.SeriesCellsMax / Limits.SeriesColumnsMax, table.Report().Rows.Count);
    }

    [Fact]
    public void More_columns_than_an_answer_holds_must_be_asked_for_by_name()
    {
        var members = string.Join(',', Enumerable.Range(0, Limits.SeriesColumnsMax + 1).Select(i => $"'f{i}':{{'s':{{'value':1}}}}"));
        Assert.Equal(RefusalKind.Invalid, Assert.Throws<Refusal>(() => new SeriesTable(Query(Aggregation.None)).Add(Stored(1, members))).Kind);
        Assert.True(new SeriesTable(Query(Aggregation.None, new SeriesName("f3", "s"))).Add(Stored(1, members)));
    }

    private static SeriesQuery Query(Aggregation aggregation, params SeriesName[] names) => new(Source, 0, long.MaxValue, names, aggregation, false);

    private static Measurement Stored(long timeMs, string members) =>
        new(new MeasurementId(Source, timeMs, 1), "t", DateTimeOffset.FromUnixTimeMilliseconds(timeMs), Utf8(members));

    private static NewMeasurement New(string members) => new("t", DateTimeOffset.UnixEpoch, Utf8(members));

    private static byte[] Utf8(string members) => Encoding.UTF8.GetBytes(members.Replace('\'', '"'));

    private static string Columns(SeriesReport report) =>
        string.Join(',', report.Columns.Select(c => $"{c.Name.Fragment}.{c.Name.Series}{(c.Unit is null ? "" : "/" + c.Unit)}"));

    private static string Rows(SeriesReport report) => string.Join(' ', report.Rows.Select(row =>
        $"{row.TimeMs}:{string.Join(',', row.Cells.Select(cell => string.Create(CultureInfo.InvariantCulture, $"{cell.Column}={cell.Min}..{cell.Max}")))}"));
}
