using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
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

    /// <summary>One measurement, or a list of them: all are stored, or none.</summary>
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
        using var commit = x.NewCommit();
        var added = await x.Device(source).AddMeasurements(x.Caller, new MeasurementBatch([measurement], commit.Ticket));
        if (!added.IsDurable) await commit.DurableAsync();
        var id = added.Ids[0];
        await x.CreatedAsync(MediaType.Measurement, x.Links.To($"/measurement/measurements/{id}"), MeasurementWire.From(id, measurement, x.Links));
    }

    private static async Task AddManyAsync(Exchange x, IReadOnlyList<MeasurementBody> sent)
    {
        if (sent.Count == 0) throw Refusal.Invalid("measurement", "measurements: the list is empty.");
        var ids = await x.Measurements().Add(x.Caller, [.. sent.Select(one => new SourcedMeasurement(one.Source!.Value, one.Measurement))]);
        var stored = ids.Zip(sent, (id, one) => MeasurementWire.From(id, one.Measurement, x.Links)).ToArray();
        await x.CreatedAsync(MediaType.MeasurementCollection, x.Links.To("/measurement/measurements"), new MeasurementsWire(stored));
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
