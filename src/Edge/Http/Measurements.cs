using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Edge.Http;

/// <summary><c>/measurement/measurements</c></summary>
internal static class Measurements
{
    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        var found = await x.Measurements().Find(x.Caller, QueryOf(x, fragmentType: "valueFragmentType"), page);
        await x.AnswerListAsync(MediaType.MeasurementCollection, MeasurementCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var id = x.MeasurementId();
        var measurement = await x.Device(id.Source).ReadMeasurement(x.Caller, id);
        await x.AnswerAsync(MediaType.Measurement, MeasurementWire.From(measurement, x.Links));
    }

    /// <summary>One measurement, or a list of them. All are read, and every source has agreed, before the first is stored.</summary>
    public static async Task AddAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        if (MeasurementJson.Read(body.Bytes.Span, needsSource: true, out var sent, out var isCollection) is { } refusal) throw refusal;
        if (isCollection) await AddManyAsync(x, sent);
        else await AddOneAsync(x, sent[0].Source!.Value, sent[0].Measurement);
    }

    public static async Task DeleteAsync(Exchange x)
    {
        var id = x.MeasurementId();
        await x.Device(id.Source).DeleteMeasurement(x.Caller, id);
        await x.Gone();
    }

    public static async Task DeleteAllAsync(Exchange x)
    {
        await x.Measurements().DeleteAll(x.Caller, QueryOf(x, fragmentType: "fragmentType"));
        await x.Gone();
    }

    private static async Task AddOneAsync(Exchange x, ObjectId source, NewMeasurement measurement)
    {
        var ids = await x.Device(source).AddMeasurements(x.Caller, [measurement]);
        var location = x.Links.To($"/measurement/measurements/{ids[0]}");
        await x.CreatedAsync(MediaType.Measurement, location, MeasurementWire.From(ids[0], measurement, x.Links));
    }

    private static async Task AddManyAsync(Exchange x, IReadOnlyList<MeasurementBody> sent)
    {
        if (sent.Count == 0) throw Refusal.Invalid("measurement", "measurements: the list is empty.");
        var bySource = sent.Select((one, index) => (Source: one.Source!.Value, one.Measurement, Index: index)).GroupBy(one => one.Source).ToList();
        if (bySource.Count > 1)
            await InFlightAsync(bySource, source => x.Device(source.Key).DemandWrite(x.Caller));

        var stored = new MeasurementWire[sent.Count];
        await InFlightAsync(bySource, async source =>
        {
            var ids = await x.Device(source.Key).AddMeasurements(x.Caller, [.. source.Select(one => one.Measurement)]);
            foreach (var (one, id) in source.Zip(ids)) stored[one.Index] = MeasurementWire.From(id, one.Measurement, x.Links);
        });
        await x.CreatedAsync(MediaType.MeasurementCollection, x.Links.To("/measurement/measurements"), new MeasurementsWire(stored));
    }

    /// <summary>Asks for all, a bounded number at once: a store commits what comes together in one go.</summary>
    private static async Task InFlightAsync<T>(List<T> all, Func<T, Task> ask)
    {
        for (var at = 0; at < all.Count; at += Limits.SourcesInFlightMax)
            await Task.WhenAll(all.Skip(at).Take(Limits.SourcesInFlightMax).Select(ask));
    }

    private static MeasurementQuery QueryOf(Exchange x, string fragmentType)
    {
        var query = x.Query;
        var (from, to) = (query.From("dateFrom"), query.To("dateTo"));
        var newestFirst = query.Flag("revert");
        if (newestFirst && from is null && to is null) throw query.Refused("revert", "needs dateFrom or dateTo beside it.");
        return new MeasurementQuery(
            query.Id("source"), from?.ToUnixTimeMilliseconds(), to?.ToUnixTimeMilliseconds(), query.Text("type"),
            query.Text(fragmentType), query.Text("valueFragmentSeries"), newestFirst);
    }
}
