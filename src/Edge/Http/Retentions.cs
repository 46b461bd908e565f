using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Retention;

namespace Bailiwick.Edge.Http;

/// <summary><c>/retention/retentions</c>: how long the tenant keeps its data.</summary>
internal static class Retentions
{
    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        var found = Page<RetentionRule>.Of([.. await x.Retention().Rules(x.Caller)], page);
        await x.AnswerAsync(MediaType.RetentionRuleCollection, RetentionRuleCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task CreateAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var rule = await x.Retention().Create(x.Caller, RetentionRuleWire.ToNew(x.Json(body)));
        await x.CreatedAsync(MediaType.RetentionRule, x.Links.RetentionRule(rule.Id), RetentionRuleWire.From(rule, x.Links));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var rules = await x.Retention().Rules(x.Caller);
        var id = x.Number();
        await x.AnswerAsync(MediaType.RetentionRule, RetentionRuleWire.From(rules.FirstOrDefault(rule => rule.Id == id) ?? throw NoSuchRule(x), x.Links));
    }

    public static async Task UpdateAsync(Exchange x)
    {
        var id = x.Number();
        using var body = await x.BodyAsync();
        var rule = await x.Retention().Update(x.Caller, id, RetentionRuleWire.ToChange(x.Json(body)));
        await x.ChangedAsync(MediaType.RetentionRule, RetentionRuleWire.From(rule, x.Links));
    }

    public static async Task DeleteAsync(Exchange x)
    {
        await x.Retention().Delete(x.Caller, x.Number());
        await x.Gone();
    }

    private static Refusal NoSuchRule(Exchange x) => Refusal.NotFound("retention", $"There is no retention rule with id = {Said.Short(x.Part("id"))}");
}
