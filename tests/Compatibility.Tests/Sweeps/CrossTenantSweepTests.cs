using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Bailiwick.Edge.Http;

namespace Bailiwick.Compatibility.Tests.Sweeps;

/// <summary>
/// Nobody learns what is in another tenant, by no route, in no place, with no kind of id. Each probe is a pair: an id that is another tenant's, and
/// one of the same form that exists nowhere. The two answers must be the same. Probes are made from the table of routes, so a new route is swept of itself. All
/// questions are asked, and of the changes, which wait for the disk, a share that is drawn anew each time; the long campaign tries them all.
/// </summary>
public sealed partial class CrossTenantSweepTests
{
    private const int ProbesMin = 10_000;
    private const int FailuresShown = 20;
    private static readonly ParallelOptions Parallelism = new() { MaxDegreeOfParallelism = 16 };

    // Room for the records and the objects that a tenant comes to in between.
    private const int RecordsInBetween = 6_000;

    // Put before a number it makes one that no tenant has come to, and that is a number still.
    private const string FarOff = "9000";

    /// <summary>
    /// Where it can be told that somebody has something: a device id is claimed once on the whole platform, for a device that calls does not know its tenant.
    /// The answer does not say whose it is.
    /// </summary>
    private static readonly (string Route, string Place, string Kind) Claimed = ("POST /devicecontrol/newDeviceRequests", "body %new%", "deviceRequest");

    private readonly double _share = double.Parse(Environment.GetEnvironmentVariable("BAILIWICK_SWEEP_SHARE") ?? "0.25", CultureInfo.InvariantCulture);
    private readonly int _seed = int.TryParse(Environment.GetEnvironmentVariable("BAILIWICK_SWEEP_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : Environment.TickCount & int.MaxValue;

    private readonly ConcurrentQueue<string> _failures = new();
    private int _pairs;

    // Changes that went through with what is nobody's: whatever is there is taken as a mere word, and it is enough to try the kinds that could be meant.
    private readonly ConcurrentDictionary<(Probe, string), bool> _takesAnything = new();

    [Fact, Trait("Campaign", "Fuzz")]
    public async Task What_is_another_tenant_s_cannot_be_told_from_what_is_not_there_by_any_route_in_any_place_with_any_kind_of_id()
    {
        await using var server = await ServerProcess.StartAsync();
        var kestrel = await SweptTenant.MakeAsync(server, "kestrel", numbersFrom: 20, objectsFrom: 50);
        var osprey = await SweptTenant.MakeAsync(server, "osprey", numbersFrom: 40, objectsFrom: 100);
        var clock = Stopwatch.StartNew();

        await SweepAsync(kestrel, osprey);
        await SweepAsync(osprey, kestrel);

        var replay = string.Create(CultureInfo.InvariantCulture, $"BAILIWICK_SWEEP_SEED={_seed} BAILIWICK_SWEEP_SHARE={_share} ./dev test CrossTenantSweep");
        TestContext.Current.TestOutputHelper?.WriteLine($"{_pairs} probes, each a pair of requests, in {clock.Elapsed.TotalSeconds:F1} s; to send the same again: {replay}");
        Assert.True(_failures.IsEmpty, $"{_failures.Count} of {_pairs} probes tell of another tenant; to send them again: {replay}\n{string.Join('\n', _failures.Take(FailuresShown))}");
        Assert.True(_pairs >= ProbesMin, $"Only {_pairs} probes were sent.");
    }

    [Fact]
    public void Every_body_that_a_route_takes_is_swept() =>
        Assert.Equal(Probes.NamesNothing, Routes.All.Where(route => route.Description.Takes.Count > 0 && !Probes.HasBody(route)).Select(Probes.NameOf));

    /// <summary>One tenant's users probe for everything of another; nothing there has changed afterwards.</summary>
    private async Task SweepAsync(SweptTenant own, SweptTenant foreign)
    {
        var trailEnd = await SeparateAsync(own, foreign);
        var before = await Snapshot.TakeAsync(foreign);
        var random = new Random(_seed);
        var probes = Probes.Of(own.Ids).SelectMany((probe, index) => SentBy(probe, index, own, foreign))
            .Where(sent => sent.Probe.Method == "GET" || random.NextDouble() < _share).ToLookup(sent => sent.Probe.Method);

        // The trail grows with what is asked, so its records come first.
        var isOfTrail = probes["GET"].ToLookup(sent => sent.Probe.Route is "GET /audit/auditRecords/{id}" or "GET /authorization/denials/{id}");
        await InParallelAsync(isOfTrail[true].Select(sent => (Sent[])[sent]), own, foreign);
        Assert.True(await own.AuditRecordsAsync() < trailEnd, "The trail has grown into the other's numbers: leave more room in between.");
        await InParallelAsync(isOfTrail[false].Select(sent => (Sent[])[sent]), own, foreign);
        foreach (var method in (string[])["PUT", "DELETE"]) await InParallelAsync(probes[method].GroupBy(sent => RunOf(sent.Probe)), own, foreign);
        // What makes objects and users comes by itself: others would meet what is made.
        var isOfMakers = probes["POST"].ToLookup(sent => sent.Probe.Route.Contains("/inventory/managedObjects", StringComparison.Ordinal) || sent.Probe.Route.EndsWith("/users", StringComparison.Ordinal));
        await InParallelAsync(isOfMakers[false].GroupBy(sent => RunOf(sent.Probe)), own, foreign);
        await InParallelAsync([isOfMakers[true]], own, foreign);
        Assert.True(await own.NextObjectAsync() < trailEnd, "More objects were made than there is room for: leave more room in between.");

        await before.DemandSameAsync(foreign, own);
    }

    /// <summary>Who sends a probe with which ids: reads are sent by everybody with everything, changes by everybody with the kind of id that belongs there, and with the rest by the administrator and one of the others.</summary>
    private static IEnumerable<Sent> SentBy(Probe probe, int index, SweptTenant own, SweptTenant foreign)
    {
        var isMember = probe.Place.StartsWith("member ", StringComparison.Ordinal);
        foreach (var (kind, id) in foreign.Ids.DistinctBy(each => each.Value))
        {
            if ((isMember && !Probes.MemberKinds.Contains(kind)) || IsOwnToo(probe, kind, id)) continue;
            index++;
            if (probe.Method == "GET" || IsNamed(probe, kind))
                foreach (var sweeper in own.Sweepers) yield return new Sent(probe, sweeper, kind, id);
            else
            {
                // Most others are refused before the id is looked at.
                yield return new Sent(probe, own.Sweepers[0], kind, id);
                yield return new Sent(probe, own.Sweepers[1 + (index % (own.Sweepers.Count - 1))], kind, id);
            }
        }
    }

    /// <summary>Changes that others could meet come one after the other: those of one route, and all of users, roles and groups, which show each other.</summary>
    private static string RunOf(Probe probe) => probe.Route.Contains(" /user/", StringComparison.Ordinal) ? "users" : probe.Route;

    private static bool IsNamed(Probe probe, string kind) => probe.Place.Contains(kind, StringComparison.Ordinal);

    /// <summary>Whether a kind of id may be meant in a place: the kind that it is called after, and every word where something is given a name.</summary>
    private static bool IsOfThatKind(Probe probe, string kind, string id) => IsNamed(probe, kind) || (probe.Place.Contains("%new%", StringComparison.Ordinal) && !char.IsAsciiDigit(id[0]));

    /// <summary>
    /// Each tenant's trail has all low numbers, and tells of objects that are gone: only the numbers of records and denials are another's alone. And a search
    /// for a number finds the times that it is part of.
    /// </summary>
    private static bool IsOwnToo(Probe probe, string kind, string id) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        && (probe.Place == "?text" || (kind is not ("auditRecord" or "denial") && (probe.Place is "path %auditRecord%" or "path %denial%" || probe is { Route: "GET /audit/auditRecords", Place: "?source" })));

    /// <summary>Runs of probes, each run in its order and all beside each other.</summary>
    private Task InParallelAsync(IEnumerable<IEnumerable<Sent>> runs, SweptTenant own, SweptTenant foreign) => Parallel.ForEachAsync(runs, Parallelism, async (run, _) =>
    {
        foreach (var sent in run) await SendPairAsync(sent, own, foreign);
    });

    /// <summary>Sees to it that no number of the other tenant is one of a thing in this one, nor becomes one.</summary>
    private static async Task<long> SeparateAsync(SweptTenant own, SweptTenant foreign)
    {
        await own.PassObjectsAsync(foreign.ObjectIdMax);
        await foreign.RaiseRecordsAsync(await own.AuditRecordsAsync() + RecordsInBetween);
        return long.Parse(foreign.Ids["auditRecord"], CultureInfo.InvariantCulture);
    }

    private async Task SendPairAsync(Sent sent, SweptTenant own, SweptTenant foreign)
    {
        var (probe, sweeper, kind, id) = sent;
        if (_takesAnything.ContainsKey((probe, own.Mark)) && !IsOfThatKind(probe, kind, id)) return;
        Interlocked.Increment(ref _pairs);
        var nowhere = Nowhere(foreign, id);
        var theirs = await AskAsync(probe, sweeper, own, id, nowhere);
        var nobodys = await AskAsync(probe, sweeper, own, nowhere, id);
        if (nobodys.IsSuccess && probe.Method != "GET") _takesAnything.TryAdd((probe, own.Mark), true);
        if (theirs.Text.Contains(foreign.Secret, StringComparison.Ordinal)) Fail("holds the other tenant's texts");
        if ((probe.Route, probe.Place, kind) == Claimed && theirs.Status == 409)
        {
            if (theirs.Text.Contains(foreign.Mark, StringComparison.Ordinal) || theirs.Text.Contains($"\"{foreign.Id}\"", StringComparison.Ordinal)) Fail("says whose device id it is");
        }
        else if (theirs != nobodys) Fail("is another answer");

        void Fail(string what) => _failures.Enqueue(
            $"{own.Mark}'s {sweeper.Name}: {probe.Route}, {probe.Place} = {kind} {id}: {what}\n  {probe.PathWith(id)} {probe.BodyWith(id)}\n  theirs:   {theirs}\n  nobody's: {nobodys}");
    }

    private static async Task<Answer> AskAsync(Probe probe, Sweeper sweeper, SweptTenant own, string id, string other)
    {
        using var request = new HttpRequestMessage(new HttpMethod(probe.Method), new Uri(probe.PathWith(id), UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        if (probe.BodyWith(id) is { } body) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var answer = await sweeper.Http.SendAsync(request);
        var (text, isMade) = (await answer.Content.ReadAsStringAsync(), answer.IsSuccessStatusCode && probe.Method is "POST" or "PUT");
        if (isMade) await UndoAsync(probe, own, id, answer.Headers.Location);
        var headers = answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key is not ("Date" or "Content-Length"))
            .OrderBy(header => header.Key, StringComparer.Ordinal).Select(header => $"{header.Key}: {string.Join(", ", header.Value)}");
        return new Answer((int)answer.StatusCode, Told(string.Join('\n', headers), id, other, isMade), Told(text, id, other, isMade));
    }

    /// <summary>What a probe has made under another tenant's name goes again, or the next one would meet it.</summary>
    private static async Task UndoAsync(Probe probe, SweptTenant own, string id, Uri? made)
    {
        if (made is not null) await own.Admin.DeleteAsync(made.ToString());
        else if (probe.Route == "PUT /tenant/options/{category}/{key}") await own.Admin.DeleteAsync(probe.PathWith(id));
        else if (probe.Route == "PUT /tenant/options/{category}") await own.Admin.DeleteAsync($"{probe.PathWith(id)}/{(probe.Place.StartsWith("body", StringComparison.Ordinal) ? Uri.EscapeDataString(id) : "swept-anew")}");
    }

    /// <summary>
    /// An answer without what is another each time: the id that was asked for, the number of the refusal and times. What the sender itself has made or changed
    /// has numbers of its own, of which one may be the very id that was asked for, and may show what was put into it just before.
    /// </summary>
    private static string Told(string text, string id, string other, bool isMade)
    {
        text = Moment().Replace(OwnDenial().Replace(text, ""), "TIME");
        return isMade ? Number().Replace(Without(Without(text, id, "#"), other, "#"), "#") : Without(text, id, "*");
    }

    private static string Without(string text, string id, string mask)
    {
        foreach (var spelt in new[] { id, Uri.EscapeDataString(id) }.Distinct(StringComparer.Ordinal))
            text = char.IsAsciiDigit(id[0]) ? Regex.Replace(text, $"(?<![0-9]){spelt}(?![0-9])", mask) : text.Replace(spelt, mask, StringComparison.Ordinal);
        return text;
    }

    /// <summary>An id of the same form that is nobody's.</summary>
    internal static string Nowhere(SweptTenant foreign, string id) =>
        id.Contains(foreign.Mark, StringComparison.Ordinal) ? id.Replace(foreign.Mark, Ghost(foreign.Mark), StringComparison.Ordinal)
        : id.StartsWith(foreign.Id, StringComparison.Ordinal) ? id.Replace(foreign.Id, "t7", StringComparison.Ordinal)
        : FarOff + id;

    private static string Ghost(string mark) => $"{mark[..^1]}q";

    private sealed record Sent(Probe Probe, Sweeper Sweeper, string Kind, string Id);

    private sealed record Answer(int Status, string Headers, string Text)
    {
        public bool IsSuccess => Status is >= 200 and < 300;
    }

    [GeneratedRegex(",\"denialId\":\"[0-9]+\"")]
    private static partial Regex OwnDenial();

    [GeneratedRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})")]
    private static partial Regex Moment();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
