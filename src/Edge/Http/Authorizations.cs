using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Edge.Http;

/// <summary><c>/authorization</c>: who may do what, and why. The interface that clients know has nothing of the kind; this is the product's own.</summary>
internal static class Authorizations
{
    public static async Task ExplainAsync(Exchange x)
    {
        var query = x.Query;
        var question = new AccessQuestion(User(x), Permission(query, "permission"), Object(query), query.List("fragment") ?? []);
        await x.AnswerAsync(MediaType.Plain, ExplanationWire.From(await x.Authorization().Explain(x.Caller, question), x.Links));
    }

    public static async Task WhoCanAsync(Exchange x)
    {
        var (query, page) = (x.Query, x.Query.Page());
        var found = await x.Authorization().WhoCan(x.Caller, Permission(query, "permission"), Object(query), query.List("fragment") ?? [], page);
        await AnswerAsync(x, found, page);
    }

    public static async Task WhatCanAsync(Exchange x)
    {
        var page = x.Query.Page();
        await AnswerAsync(x, await x.Authorization().WhatCan(x.Caller, User(x), Object(x.Query), page), page);
    }

    public static async Task WhereCanAsync(Exchange x)
    {
        var (query, page) = (x.Query, x.Query.Page());
        await AnswerAsync(x, await x.Authorization().WhereCan(x.Caller, User(x), Permission(query, "permission"), page), page);
    }

    public static async Task DenialsAsync(Exchange x)
    {
        var (query, page) = (x.Query, x.Query.Page());
        var found = await x.Authorization().Denials(x.Caller, new DenialQuery(query.Text("user"), query.From("dateFrom"), query.To("dateTo")), page);
        await x.AnswerListAsync(MediaType.Plain, DenialCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task DenialAsync(Exchange x) =>
        await x.AnswerAsync(MediaType.Plain, DenialWire.From(await x.Authorization().ReadDenial(x.Caller, x.DenialId()), x.Links));

    private static Task AnswerAsync(Exchange x, Page<Explanation> found, PageRequest page) =>
        x.AnswerListAsync(MediaType.Plain, ExplanationCollectionWire.From(x.Frame(found, page), found, x.Links));

    private static string User(Exchange x) => x.Query.Text("user") is { } name ? PathParts.NamedUser(x.Tenant, name).Name : throw Refusal.Missing("user");

    private static Permission Permission(RequestQuery query, string name)
    {
        var word = query.Text(name) ?? throw Refusal.Missing(name);
        return PermissionWords.TryParse(word, out var permission)
            ? permission : throw query.Refused(name, $"'{Said.Short(word)}' is none of {PermissionWords.All}.");
    }

    /// <summary>What can name no object is asked for as an id that no object has.</summary>
    private static ObjectId? Object(RequestQuery query) => query.Id("managedObject");
}
